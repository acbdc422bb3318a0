//go:build unix && !noasm

package loop

import "unsafe"

// call calls a loop with the table of its addresses.
//
//go:noescape
func call(code uintptr, addresses *unsafe.Pointer, r *Run)
