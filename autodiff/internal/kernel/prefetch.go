package kernel

import "unsafe"

// lineBytes is the size of a cache line.
const lineBytes = 64

// Prefetch has the elements of x loaded into the second-level cache while something else
// is computed.
func Prefetch[T Float](x []T) {
	if size := len(x) * int(unsafe.Sizeof(*new(T))); size > 0 {
		prefetchRows((*byte)(unsafe.Pointer(&x[0])), (size+lineBytes-1)/lineBytes, 1, 0)
	}
}
