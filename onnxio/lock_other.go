//go:build !unix || aix || solaris

package onnxio

import (
	"errors"
	"os"
)

// lockable: an open file can be neither renamed nor removed here, so that a temporary file is not held to the end, and none
// is known to be abandoned.
const lockable = false

func lock(*os.File) error { return errors.ErrUnsupported }

func isHeld(error) bool { return false }

// syncFolder has nothing to do: folders are no files here.
func syncFolder(string) error { return nil }
