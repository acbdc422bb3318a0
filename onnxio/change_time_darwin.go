package onnxio

import (
	"io/fs"
	"syscall"
	"time"
)

// changeTime returns when the file, its name or its permissions were last changed.
func changeTime(info fs.FileInfo) time.Time {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return time.Unix(stat.Ctimespec.Unix())
	}
	return time.Time{}
}
