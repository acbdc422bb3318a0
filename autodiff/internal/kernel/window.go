package kernel

// Window holds the sizes of a pooling: planes of X elements along three spatial
// axes, windows of K taps, Y positions.
type Window struct {
	Planes               int
	X, K, Y              [3]int
	Stride, Pad, Dilated [3]int
}

// conv gives the window the index arithmetic of a convolution.
func (w *Window) conv() *Conv {
	return &Conv{C: 1, M: 1, Groups: 1, X: w.X, K: w.K, Y: w.Y, Stride: w.Stride, Pad: w.Pad, Dilated: w.Dilated}
}

// WindowSum writes the sum of each window.
func WindowSum[T Float](w *Window, threads int, y, x []T) {
	c := w.conv()
	_, _, plane, taps, out := c.sizes()
	Parallel(threads, w.Planes, 1+4096/max(taps*out, 1), func(lo, hi int) {
		for p := lo; p < hi; p++ {
			src, dst := x[p*plane:][:plane], y[p*out:][:out]
			clear(dst)
			for k := range taps {
				c.rows(k, func(to, from, first, last int, inside bool) {
					for i := first; inside && i < last; i++ {
						dst[to+i] += src[from+i*c.Stride[2]]
					}
				})
			}
		}
	})
}

// WindowSpread adds each element of dy to its window: the adjoint of WindowSum.
func WindowSpread[T Float](w *Window, threads int, dx, dy []T) {
	c := w.conv()
	_, _, plane, taps, out := c.sizes()
	Parallel(threads, w.Planes, 1+4096/max(taps*out, 1), func(lo, hi int) {
		for p := lo; p < hi; p++ {
			src, dst := dy[p*out:][:out], dx[p*plane:][:plane]
			clear(dst)
			for k := range taps {
				c.rows(k, func(to, from, first, last int, inside bool) {
					for i := first; inside && i < last; i++ {
						dst[from+i*c.Stride[2]] += src[to+i]
					}
				})
			}
		}
	})
}

// WindowArgMax writes where in its plane the first maximum of each window lies.
// NaN counts as the maximum.
func WindowArgMax[T Float](w *Window, threads int, y, x []T) {
	c := w.conv()
	_, _, plane, taps, out := c.sizes()
	Parallel(threads, w.Planes, 1+4096/max(taps*out, 1), func(lo, hi int) {
		for p := lo; p < hi; p++ {
			src, dst := x[p*plane:][:plane], y[p*out:][:out]
			for i := range dst {
				dst[i] = -1
			}
			for k := range taps {
				c.rows(k, func(to, from, first, last int, inside bool) {
					for i := first; inside && i < last; i++ {
						at := from + i*c.Stride[2]
						v, best := src[at], dst[to+i]
						if best < 0 || v > src[int(best)] || v != v && src[int(best)] == src[int(best)] {
							dst[to+i] = T(at)
						}
					}
				})
			}
		}
	})
}
