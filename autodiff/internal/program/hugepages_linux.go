package program

import "golang.org/x/sys/unix"

// hugePages asks for large pages: kernels read many rows that lie pages apart at
// once, and would wait for their addresses. Without them everything works as well.
func hugePages(memory []byte) { _ = unix.Madvise(memory, unix.MADV_HUGEPAGE) }
