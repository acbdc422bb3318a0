// Package kernel holds the loops that programs run: plain functions over
// slices, destination first, which allocate little and know no graph. Callers
// have checked all lengths.
//
// Functions that can be split take the number of threads; their results do not
// depend on it, because the order of every sum is fixed by the shapes alone.
package kernel

// Float is the working precision.
type Float interface{ float32 | float64 }
