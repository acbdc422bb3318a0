//go:build !amd64 || noasm

package kernel

// prefetchRows leaves it to the processor.
func prefetchRows(_ *byte, lines, rows, stride int) {}
