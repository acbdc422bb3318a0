// Package kernel holds the loops that programs run: functions over slices,
// destination first, which know no graph. Callers have checked all lengths.
//
// Functions that take a [Workspace] bind a kernel to its operands: they return the
// call that runs it, on several threads. Results do not depend on the number of
// threads, because the order of every sum is fixed by the shapes and the instruction
// set.
//
// Matrix products, convolutions and the elementwise [Loops] have assembly for float32 on
// amd64, with AVX-512 or AVX2, which the command gen writes. Everything is there in plain
// Go too: for float64, for other processors and for the build tag noasm. The constants
// that were chosen by measuring are in tuning.go.
package kernel

// Float is the working precision.
type Float interface{ float32 | float64 }
