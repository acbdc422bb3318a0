//go:build !amd64 || noasm

package kernel

// assembly lists the instruction sets that the processor has: none is written
// for this one.
func assembly() []*instructionSet { return nil }
