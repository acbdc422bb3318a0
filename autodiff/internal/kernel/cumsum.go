package kernel

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
