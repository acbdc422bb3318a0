package onnxio

import "io"

// behind writes in a goroutine of its own, so that what comes next is read meanwhile. What fits in one block it writes at the
// end, without.
type behind struct {
	w     io.Writer
	block []byte       // that is being filled
	full  chan []byte  // that are to be written; nil before the first one
	back  chan written // room again
	spare int          // blocks that are not made yet
}

// written is what became of a block, which is empty again.
type written struct {
	block []byte
	err   error
}

const (
	behindBlock  = 1 << 20
	behindBlocks = 4 // all in all
)

// writeBehind runs f with a writer that writes to w behind it, and returns when all is written, or nothing more is.
func writeBehind(w io.Writer, f func(w io.Writer) error) error {
	b := &behind{w: w, block: make([]byte, 0, behindBlock), spare: behindBlocks - 1}
	defer b.stop() // which a fault passes, if the input is cut short
	if err := f(b); err != nil {
		return err
	}
	if b.full == nil {
		_, err := w.Write(b.block)
		return err
	}
	b.full <- b.block
	return b.stop()
}

// Write is of the goroutine that reads. Its error is that of a block before.
func (b *behind) Write(p []byte) (n int, err error) {
	for n < len(p) {
		if len(b.block) == cap(b.block) {
			if err := b.pass(); err != nil {
				return n, err
			}
		}
		free := b.block[len(b.block):cap(b.block)]
		added := copy(free, p[n:])
		b.block, n = b.block[:len(b.block)+added], n+added
	}
	return n, nil
}

// pass hands over the block and takes an empty one.
func (b *behind) pass() error {
	if b.full == nil {
		b.full, b.back = make(chan []byte, behindBlocks), make(chan written, behindBlocks)
		go b.run(b.full, b.back)
	}
	b.full <- b.block
	if b.spare > 0 {
		b.spare--
		b.block = make([]byte, 0, behindBlock)
		return nil
	}
	back := <-b.back
	b.block = back.block
	return back.err
}

// run writes the blocks up to the first error, which is that of all others then.
func (b *behind) run(full <-chan []byte, back chan<- written) {
	var err error
	for block := range full {
		if err == nil {
			_, err = b.w.Write(block)
		}
		back <- written{block[:0], err}
	}
	close(back)
}

// stop waits until the blocks that were handed over are written, and returns their error.
func (b *behind) stop() (err error) {
	if b.full == nil {
		return nil
	}
	close(b.full)
	for back := range b.back {
		err = back.err
	}
	b.full = nil
	return err
}
