// Package kernel holds the loops that programs run: functions over slices,
// destination first, which know no graph. Callers have checked all lengths.
//
// Functions that take a Workspace bind a kernel to its operands and return the call
// that runs it, on several threads. Results do not depend on these, because the order
// of every sum is fixed by the shapes alone.
package kernel

// Float is the working precision.
type Float interface{ float32 | float64 }
