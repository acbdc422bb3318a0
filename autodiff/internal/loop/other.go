//go:build !unix || !amd64 || noasm

package loop

import (
	"errors"
	"unsafe"
)

// Available reports whether loops can be compiled: not on this system.
func Available() bool { return false }

func executable([]byte) (uintptr, func(), error) { return 0, nil, errors.ErrUnsupported }

func call(uintptr, *unsafe.Pointer, *Run) {}
