//go:build unix && !linux

package program

func hugePages([]byte) {}
