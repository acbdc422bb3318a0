package kernel

import (
	"cmp"
	"slices"
)

// ArgSort writes the indices of each row of x [rows n] in the order of their
// elements, the least first, NaN before all; equal elements stay in their order.
func ArgSort[T Float](ws *Workspace[T], dst, x []T, n int) func() {
	if n == 0 {
		return func() {}
	}
	return ws.Split(len(x)/n, 1+moveGrain/n, func(_ *Scratch[T], lo, hi int) {
		for r := lo; r < hi; r++ {
			row, index := x[r*n:(r+1)*n], dst[r*n:(r+1)*n]
			for i := range index {
				index[i] = T(i)
			}
			slices.SortFunc(index, func(a, b T) int {
				if c := cmp.Compare(row[int(a)], row[int(b)]); c != 0 {
					return c
				}
				return cmp.Compare(a, b)
			})
		}
	})
}
