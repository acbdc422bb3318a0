//go:build unix && !linux

package autodiff

func hugePages([]byte) {}
