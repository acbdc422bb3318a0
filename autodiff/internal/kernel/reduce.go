package kernel

// sumBlock is the longest run that one float64 accumulator adds up; the sums of
// runs are then added in order. It fixes the order of every sum.
const sumBlock = 4096

// Sum adds up x, a row-major tensor of the given shape, over the axes where
// reduced is set, into dst, row-major over the other axes.
func Sum[T Float](threads int, dst, x []T, shape []int, reduced []bool) {
	kept := Contiguous(keptShape(shape, reduced))
	strides, k := make([]int, len(shape)), 0
	for i := range shape {
		if !reduced[i] {
			strides[i] = kept.Strides[k]
			k++
		}
	}
	views := Collapsed(Contiguous(shape), Strided{Shape: shape, Strides: strides})
	in, out := views[0], views[1]
	switch {
	case len(dst) == 0:
	case len(x) == 0:
		clear(dst)
	case len(dst) == 1:
		dst[0] = T(sumAll(threads, x))
	case len(in.Shape) == 2 && out.RowStride() == 0: // rows
		n := in.RowLen()
		Parallel(threads, len(dst), 1+sumBlock/n, func(lo, hi int) {
			for r := lo; r < hi; r++ {
				dst[r] = T(SumRun(x[r*n : r*n+n]))
			}
		})
	default:
		sumOver(threads, dst, x, in, out)
	}
}

func keptShape(shape []int, reduced []bool) []int {
	var kept []int
	for i, d := range shape {
		if !reduced[i] {
			kept = append(kept, d)
		}
	}
	return kept
}

func sumAll[T Float](threads int, x []T) float64 {
	partial := make([]float64, (len(x)+sumBlock-1)/sumBlock)
	Parallel(threads, len(partial), 4, func(lo, hi int) {
		for b := lo; b < hi; b++ {
			partial[b] = SumRun(x[b*sumBlock : min((b+1)*sumBlock, len(x))])
		}
	})
	total := 0.0
	for _, p := range partial {
		total += p
	}
	return total
}

// SumRun adds up a slice in float64, in a fixed order.
func SumRun[T Float](x []T) float64 {
	if x, ok := any(x).([]float32); ok {
		return Float32.Sum(x)
	}
	var s0, s1, s2, s3 float64
	for len(x) >= 4 {
		s0 += float64(x[0])
		s1 += float64(x[1])
		s2 += float64(x[2])
		s3 += float64(x[3])
		x = x[4:]
	}
	for _, v := range x {
		s0 += float64(v)
	}
	return (s0 + s1) + (s2 + s3)
}

func addRun[T Float](acc []float64, x []T) {
	if x, ok := any(x).([]float32); ok {
		Float32.AddTo64(acc, x)
		return
	}
	for i, v := range x {
		acc[i] += float64(v)
	}
}

// sumOver is the general case. Threads split the first axis that is kept, so
// each element of dst is summed by one of them, in the order of x.
func sumOver[T Float](threads int, dst, x []T, in, out Strided) {
	axis := 0
	for out.Strides[axis] == 0 {
		axis++
	}
	size, step := in.Shape[axis], out.Strides[axis]
	Parallel(threads, size, 1+sumBlock*size/len(x), func(lo, hi int) {
		part, sums := sub(in, axis, lo, hi), sub(out, axis, lo, hi)
		acc := make([]float64, step*(hi-lo))
		targets := sums.offsets(0, sums.RowCount())
		n := part.RowLen()
		part.Rows(0, part.RowCount(), func(row, o int) {
			run, t := x[o:o+n], targets[row]-lo*step
			if sums.RowStride() == 0 {
				acc[t] += SumRun(run)
				return
			}
			addRun(acc[t:t+n], run)
		})
		for i, v := range acc {
			dst[lo*step+i] = T(v)
		}
	})
}

// sub returns the part lo ≤ i < hi of one axis of a view.
func sub(s Strided, axis, lo, hi int) Strided {
	shape := append([]int(nil), s.Shape...)
	shape[axis] = hi - lo
	return Strided{shape, append([]int(nil), s.Strides...), s.Offset + lo*s.Strides[axis]}
}

// ArgMax writes the index of the first maximum along the middle axis of
// x [outer n inner] to dst [outer inner]. NaN counts as the maximum.
func ArgMax[T Float](threads int, dst, x []T, outer, n, inner int) {
	Parallel(threads, outer, 1+4096/max(n*inner, 1), func(lo, hi int) {
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
