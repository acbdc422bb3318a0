//go:build unix && !aix && !solaris

package onnxio

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// lockable says that files can be locked, and renamed and removed while they are open.
const lockable = true

// lock holds the file for this process until it is closed or the process ends.
func lock(file *os.File) error {
	return unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
}

// isHeld reports whether the error of lock is that another process holds the file.
func isHeld(err error) bool { return errors.Is(err, unix.EWOULDBLOCK) }

// syncFolder makes the names in the folder last. Some file systems cannot, and need not be asked to.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close()
	if err := folder.Sync(); !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOTSUP) {
		return err
	}
	return nil
}
