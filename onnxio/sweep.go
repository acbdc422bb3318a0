package onnxio

import "io"

// stride is how much of a file is read before the pages behind are released. It is also how far the system is asked to
// read ahead, since several tensors of one file are read at once and none of the readers looks sequential to it.
const stride = 4 << 20

// sweep reads a mapped file in order and keeps no more than a few strides of it in memory: models may be larger than
// that. Pages that somebody else reads at the time are mapped again when they are touched.
type sweep struct {
	file     *mapping
	from, to int // what is mapped at present, or being read
	end      int
}

// newSweep returns the sweep over [start, end).
func newSweep(file *mapping, start, end int) *sweep {
	s := &sweep{file, start, start, end}
	s.reach(start)
	return s
}

// reach is called when everything before pos has been read.
func (s *sweep) reach(pos int) {
	if s.end-s.to > 0 && pos+stride >= s.to {
		next := min(pos+2*stride, s.end)
		s.file.expect(s.to, next)
		s.to = next
	}
	if pos-s.from >= stride {
		s.file.release(s.from, pos)
		s.from = pos
	}
}

// done is called when no more is read.
func (s *sweep) done() {
	s.file.release(s.from, s.end)
}

// copy writes [start, end) of the file to w.
func (f *mapping) copy(w io.Writer, start, end int) error {
	passed := newSweep(f, start, end)
	defer passed.done()
	for pos := start; pos < end; passed.reach(pos) {
		if err := f.check(); err != nil {
			return err
		}
		next := min(pos+stride, end)
		if _, err := w.Write(f.data[pos:next]); err != nil {
			return err
		}
		pos = next
	}
	return nil
}
