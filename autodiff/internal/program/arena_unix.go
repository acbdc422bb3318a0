//go:build unix

package program

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"

	"onnx-metainit/autodiff/internal/kernel"
)

// allocate returns n zeros that live as long as owner, and a function that frees them before. They are not on the heap: the
// garbage that may collect there grows with the size of the heap, and the memory of programs should not add to it.
func allocate[T kernel.Float, O any](owner *O, n int) (memory []T, free func()) {
	if n == 0 {
		return nil, func() {}
	}
	var zero T
	bytes, err := unix.Mmap(-1, 0, n*int(unsafe.Sizeof(zero)), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		fail("no memory for a program of %d MB (%v): use a smaller batch", n*int(unsafe.Sizeof(zero))>>20, err)
	}
	hugePages(bytes)
	unmap := func(b []byte) { _ = unix.Munmap(b) }
	cleanup := runtime.AddCleanup(owner, unmap, bytes)
	free = func() {
		cleanup.Stop()
		unmap(bytes)
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(bytes))), n), free
}
