package onnxio

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// patch replaces the bytes [start, end) of the model file with size bytes that write produces.
type patch struct {
	start, end int
	size       int
	within     *span // the innermost length-delimited field around it
	write      func(w io.Writer) error
}

// replacement returns the patch of [start, end) with the given bytes.
func replacement(start, end int, within *span, bytes []byte) patch {
	return patch{start, end, len(bytes), within, func(w io.Writer) error {
		_, err := w.Write(bytes)
		return err
	}}
}

// lengths returns the patches that renew the length of every field whose content the patches make longer or shorter,
// and of no other.
func lengths(patches []patch) []patch {
	growth := map[*span]int{}
	grow := func(s *span, by int) {
		for ; s != nil && s.parent != nil; s = s.parent {
			growth[s] += by
			by = 0 // ancestors are only noted: what they grow by is known when their content is done
		}
	}
	for _, p := range patches {
		if by := p.size - (p.end - p.start); by != 0 {
			grow(p.within, by)
		}
	}
	spans := make([]*span, 0, len(growth))
	for s := range growth {
		spans = append(spans, s)
	}
	// A field begins after those around it, so this order has the inner ones first.
	slices.SortFunc(spans, func(a, b *span) int { return cmp.Compare(b.start, a.start) })
	var renewed []patch
	for _, s := range spans {
		if growth[s] == 0 {
			continue
		}
		length := s.end - s.start + growth[s]
		p := replacement(s.prefix, s.start, s.parent, protowire.AppendVarint(nil, uint64(length)))
		renewed = append(renewed, p)
		grow(s.parent, growth[s]+p.size-(p.end-p.start))
	}
	return renewed
}

// apply writes the file with the patches, and whatever lengths they change, to w.
func apply(w io.Writer, file *mapping, patches []patch) error {
	patches = append(patches, lengths(patches)...)
	slices.SortFunc(patches, func(a, b patch) int { return cmp.Compare(a.start, b.start) })
	return splice(w, file, 0, len(file.data), patches)
}

// splice writes the bytes of the file from one to another with the patches, in order, to w.
func splice(w io.Writer, file *mapping, from, to int, patches []patch) error {
	for _, p := range patches {
		if p.start < from {
			return fmt.Errorf("the bytes from %d on are to be written twice: a tensor is changed with a part of it", p.start)
		}
		if err := file.copy(w, from, p.start); err != nil {
			return err
		}
		c := counter{w: w}
		if err := p.write(&c); err != nil {
			return err
		}
		if c.n != p.size {
			return fmt.Errorf("tensor at byte %d: %w", p.start, errChanged)
		}
		from = p.end
	}
	return file.copy(w, from, to)
}

// counter counts what goes through it.
type counter struct {
	w io.Writer
	n int
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += n
	return n, err
}

// buffered runs f with a buffered w and flushes it.
func buffered(w io.Writer, f func(w io.Writer) error) error {
	b := bufio.NewWriterSize(w, 1<<20)
	if err := f(b); err != nil {
		return err
	}
	return b.Flush()
}
