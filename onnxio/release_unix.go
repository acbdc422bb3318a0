//go:build unix

package onnxio

import (
	"os"

	"golang.org/x/sys/unix"
)

// release tells the system that the whole pages of [from, to) need not stay in memory.
func (f *mapping) release(from, to int) {
	f.advise(from, to, unix.MADV_DONTNEED)
}

// expect tells the system that [from, to) is read next.
func (f *mapping) expect(from, to int) {
	f.advise(from, to, unix.MADV_WILLNEED)
}

// advise gives advice on the pages that begin in [from, to): nothing is lost if it is not taken.
func (f *mapping) advise(from, to, advice int) {
	page := os.Getpagesize()
	from, to = from/page*page, min(to, len(f.data))
	if to < len(f.data) {
		to = to / page * page
	}
	if f.unmap != nil && from < to {
		_ = unix.Madvise(f.data[from:to], advice)
	}
}
