package kernel

// Window holds the sizes of a pooling of x [N C X…] to y [N C Y…] along three
// spatial axes by windows of K taps. With Last the channels lie last in memory,
// [N X… C].
type Window struct {
	N, C                 int
	Last                 bool
	X, K, Y              [3]int
	Stride, Pad, Dilated [3]int
}

// conv gives the window the index arithmetic of a convolution.
func (w *Window) conv() *Conv {
	return &Conv{C: 1, M: 1, Groups: 1, X: w.X, K: w.K, Y: w.Y, Stride: w.Stride, Pad: w.Pad, Dilated: w.Dilated}
}

// planes calls body for the planes of one channel each, on several threads: or,
// with the channels last, for whole images, whose pixels have width elements.
func (w *Window) planes(threads int, body func(x, y, width int)) {
	_, _, plane, _, out := w.conv().sizes()
	count, width := w.N*w.C, 1
	if w.Last {
		count, width = w.N, w.C
	}
	Parallel(threads, count, 1+4096/max(out*width, 1), func(lo, hi int) {
		for p := lo; p < hi; p++ {
			body(p*plane*width, p*out*width, width)
		}
	})
}

// pixels calls body for each pair of an input pixel and an output pixel whose
// window it is in, tap by tap.
func (c *Conv) pixels(body func(x, y int)) {
	for tap := range c.K[0] * c.K[1] * c.K[2] {
		c.rows(tap, func(to, from, first, last int, inside bool) {
			for i := first; inside && i < last; i++ {
				body(from+i*c.Stride[2], to+i)
			}
		})
	}
}

// WindowSum writes the sum of each window.
func WindowSum[T Float](w *Window, threads int, y, x []T) {
	clear(y)
	c := w.conv()
	w.planes(threads, func(x0, y0, width int) {
		c.pixels(func(xi, yi int) {
			src, dst := x[x0+xi*width:][:width], y[y0+yi*width:][:width]
			for k, v := range src {
				dst[k] += v
			}
		})
	})
}

// WindowSpread adds each element of dy to its window: the adjoint of WindowSum.
func WindowSpread[T Float](w *Window, threads int, dx, dy []T) {
	clear(dx)
	c := w.conv()
	w.planes(threads, func(x0, y0, width int) {
		c.pixels(func(xi, yi int) {
			src, dst := dy[y0+yi*width:][:width], dx[x0+xi*width:][:width]
			for k, v := range src {
				dst[k] += v
			}
		})
	})
}

// WindowArgMax writes where in its plane the first maximum of each window lies.
// NaN counts as the maximum.
func WindowArgMax[T Float](w *Window, threads int, y, x []T) {
	for i := range y {
		y[i] = -1
	}
	c := w.conv()
	w.planes(threads, func(x0, y0, width int) {
		c.pixels(func(xi, yi int) {
			src, dst := x[x0+xi*width:][:width], y[y0+yi*width:][:width]
			for k, v := range src {
				if dst[k] < 0 {
					dst[k] = T(xi)
					continue
				}
				best := x[x0+int(dst[k])*width+k]
				if v > best || v != v && best == best {
					dst[k] = T(xi)
				}
			}
		})
	})
}

// WindowTake copies y[n,c,o] = x[n,c,index[n,c,o]], where indices count the
// elements of a plane.
func WindowTake[T Float](w *Window, threads int, y, x, index []T) {
	_, _, _, _, out := w.conv().sizes()
	w.planes(threads, func(x0, y0, width int) {
		for i := y0; i < y0+out*width; i++ {
			y[i] = x[x0+int(index[i])*width+(i-y0)%width]
		}
	})
}

// WindowScatter adds dx[n,c,index[n,c,o]] += dy[n,c,o] into zeros: the adjoint of
// WindowTake.
func WindowScatter[T Float](w *Window, threads int, dx, dy, index []T) {
	clear(dx)
	_, _, _, _, out := w.conv().sizes()
	w.planes(threads, func(x0, y0, width int) {
		for i := y0; i < y0+out*width; i++ {
			dx[x0+int(index[i])*width+(i-y0)%width] += dy[i]
		}
	})
}
