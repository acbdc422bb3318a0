//go:build linux || darwin

package onnxio

import (
	"math"
	"os"

	"golang.org/x/sys/unix"
)

// freeSpace returns how many bytes this user may still write in the folder, and whether that is known.
func freeSpace(folder string) (bytes int64, known bool) {
	var disk unix.Statfs_t
	if err := unix.Statfs(folder, &disk); err != nil || disk.Blocks == 0 {
		return 0, false
	}
	blocks := disk.Bavail
	if os.Geteuid() == 0 {
		blocks = disk.Bfree
	}
	return int64(min(float64(blocks)*float64(disk.Bsize), math.MaxInt64/2)), true
}
