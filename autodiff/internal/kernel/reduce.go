package kernel

// ArgMax writes the index of the first maximum along the middle axis of
// x [outer n inner] to dst [outer inner]. NaN counts as the maximum.
func ArgMax[T Float](ws *Workspace[T], dst, x []T, outer, n, inner int) func() {
	return ws.Split(outer, 1+4096/max(n*inner, 1), func(_ *Scratch[T], lo, hi int) {
		for o := lo; o < hi; o++ {
			for i := range inner {
				best, at := x[o*n*inner+i], 0
				for k := 1; k < n; k++ {
					v := x[(o*n+k)*inner+i]
					if v > best || v != v && best == best {
						best, at = v, k
					}
				}
				dst[o*inner+i] = T(at)
			}
		}
	})
}

// CumSum writes running sums along the middle axis of x [outer n inner]:
// exclusive ones leave out the element itself, reverse ones start at the end.
func CumSum[T Float](dst, x []T, outer, n, inner int, exclusive, reverse bool) {
	for o := range outer {
		for i := range inner {
			sum := 0.0
			for k := range n {
				if reverse {
					k = n - 1 - k
				}
				at := (o*n+k)*inner + i
				if exclusive {
					dst[at] = T(sum)
				}
				sum += float64(x[at])
				if !exclusive {
					dst[at] = T(sum)
				}
			}
		}
	}
}
