package kernel

import "unsafe"

// Prefetch asks for the elements of x, which are read soon: they come into the
// second-level cache while something else is computed.
func Prefetch[T Float](x []T) {
	const line = 64
	if size := len(x) * int(unsafe.Sizeof(*new(T))); size > 0 {
		prefetchLines((*byte)(unsafe.Pointer(&x[0])), (size+line-1)/line)
	}
}
