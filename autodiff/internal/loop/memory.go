//go:build unix && amd64 && !noasm

package loop

import (
	"sync"
	"unsafe"

	"golang.org/x/sys/cpu"
	"golang.org/x/sys/unix"
)

// Available reports whether loops can be compiled: the processor has AVX-512 (which GODEBUG=cpu.avx512f=off takes away), and the
// system lets memory be made executable.
var Available = sync.OnceValue(func() bool {
	if !cpu.X86.HasAVX512F || !cpu.X86.HasAVX512DQ || !cpu.X86.HasBMI2 {
		return false
	}
	var e encoder
	e.leave()
	start, unmap, err := executable(e.code)
	if err != nil {
		return false
	}
	defer unmap()
	call(start, nil, nil)
	return true
})

// executable copies code to memory that can be executed, and not written any more.
func executable(code []byte) (start uintptr, unmap func(), err error) {
	memory, err := unix.Mmap(-1, 0, len(code), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return 0, nil, err
	}
	unmap = func() { _ = unix.Munmap(memory) }
	copy(memory, code)
	if err := unix.Mprotect(memory, unix.PROT_READ|unix.PROT_EXEC); err != nil {
		unmap()
		return 0, nil, err
	}
	return uintptr(unsafe.Pointer(unsafe.SliceData(memory))), unmap, nil
}
