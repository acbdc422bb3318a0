//go:build unix && !noasm

package loop

import "unsafe"

// call calls a loop of n elements with the table of their addresses.
//
//go:noescape
func call(code uintptr, pointers *unsafe.Pointer, n int)
