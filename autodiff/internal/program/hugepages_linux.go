package program

import "golang.org/x/sys/unix"

// hugePages asks the system for large pages. Kernels of matrices read many rows at once that are pages
// apart, and small pages cost them misses of the TLB. It is only a hint: errors are ignored.
func hugePages(memory []byte) { _ = unix.Madvise(memory, unix.MADV_HUGEPAGE) }
