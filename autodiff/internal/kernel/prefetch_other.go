//go:build !amd64 || noasm

package kernel

// prefetchRows does nothing: it is only a hint.
func prefetchRows(_ *byte, lines, rows, stride int) {}
