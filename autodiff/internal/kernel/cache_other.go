//go:build !amd64 || noasm

package kernel

// prefetchLines leaves it to the processor.
func prefetchLines(*byte, int) {}
