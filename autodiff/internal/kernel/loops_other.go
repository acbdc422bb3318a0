//go:build !amd64 || noasm

package kernel

// loopsOf is never called: assembly lists no instruction set.
func loopsOf(*instructionSet) Loops { return plainLoops }
