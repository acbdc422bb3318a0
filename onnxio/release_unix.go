//go:build unix

package onnxio

import "golang.org/x/sys/unix"

// release tells the system that the mapped pages need not stay in memory.
func (f *mapping) release() {
	if f.unmap != nil {
		_ = unix.Madvise(f.data, unix.MADV_DONTNEED) // advice: nothing is lost if it is not taken
	}
}
