package kernel

// Window holds the sizes of a pooling of x [N C X…] to y [N C Y…] along three
// spatial axes by windows of K taps. With Last the channels are last in memory,
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

// planes returns a call that runs body in parallel for each plane, with its first elements
// in x and in y. A plane has one channel or, with the channels last, all: width elements
// for each pixel.
func planes[T Float](ws *Workspace[T], w *Window, body func(x, y, width int)) func() {
	_, _, plane, _, out := w.conv().sizes()
	count, width := w.N*w.C, 1
	if w.Last {
		count, width = w.N, w.C
	}
	return ws.Split(count, 1+moveGrain/max(out*width, 1), func(_ *Scratch[T], lo, hi int) {
		for p := lo; p < hi; p++ {
			body(p*plane*width, p*out*width, width)
		}
	})
}

// eachPair calls body for each pair of an input pixel and an output pixel whose
// window it is in, tap by tap.
func (c *Conv) eachPair(body func(x, y int)) {
	for tap := range volume(c.K) {
		c.eachLine(tap, func(to, from, first, last int, inside bool) {
			for i := first; inside && i < last; i++ {
				body(from+i*c.Stride[2], to+i)
			}
		})
	}
}

// adjacent returns a call that clears dst and runs body for each stretch of each plane: n
// pixels of y from element y on, and what one tap meets of x, from element x on, step
// elements apart.
func adjacent[T Float](ws *Workspace[T], w *Window, dst []T, body func(x, y, step, n, width int)) func() {
	c, width := w.conv(), 1
	if w.Last {
		width = w.C
	}
	list := c.stretches(width)
	lines := planes(ws, w, func(x0, y0, width int) {
		for _, s := range list {
			body(x0+s.x, y0+s.y, c.Stride[2]*width, s.n, width)
		}
	})
	return func() {
		clear(dst)
		lines()
	}
}

// stretch is a line of n pixels of y, from element y on, and what a tap meets of x,
// from element x on, strides apart.
type stretch struct{ x, y, n int }

// stretches lists those of all taps in a plane of pixels of some width.
func (c *Conv) stretches(width int) (list []stretch) {
	for tap := range volume(c.K) {
		c.eachLine(tap, func(to, from, first, last int, inside bool) {
			if inside {
				list = append(list, stretch{(from + first*c.Stride[2]) * width, (to + first) * width, last - first})
			}
		})
	}
	return list
}

// WindowSum writes the sum of each window.
func WindowSum[T Float](ws *Workspace[T], w *Window, y, x []T) func() {
	if y, ok := any(y).([]float32); ok && w.Last && len(x) > 0 && len(y) > 0 {
		return w.sumLines(instructionSets[0], any(ws).(*Workspace[float32]), y, any(x).([]float32))
	}
	return adjacent(ws, w, y, func(x0, y0, step, n, width int) {
		for ; n > 0; n-- {
			for k := range width {
				y[y0+k] += x[x0+k]
			}
			x0, y0 = x0+step, y0+width
		}
	})
}

// WindowSpread adds each element of dy to its window: the adjoint of WindowSum.
func WindowSpread[T Float](ws *Workspace[T], w *Window, dx, dy []T) func() {
	if dx, ok := any(dx).([]float32); ok && w.Last && len(dy) > 0 && len(dx) > 0 {
		return w.spreadLines(instructionSets[0], any(ws).(*Workspace[float32]), dx, any(dy).([]float32))
	}
	return adjacent(ws, w, dx, func(x0, y0, step, n, width int) {
		for ; n > 0; n-- {
			for k := range width {
				dx[x0+k] += dy[y0+k]
			}
			x0, y0 = x0+step, y0+width
		}
	})
}

// WindowArgMax writes where in its plane the first maximum of each window is.
// NaN counts as the maximum.
func WindowArgMax[T Float](ws *Workspace[T], w *Window, y, x []T) func() {
	if y, ok := any(y).([]float32); ok && len(x) > 0 && len(y) > 0 {
		return w.argMaxLines(instructionSets[0], any(ws).(*Workspace[float32]), y, any(x).([]float32))
	}
	c := w.conv()
	images := planes(ws, w, func(x0, y0, width int) {
		c.eachPair(func(xi, yi int) {
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
	return func() {
		for i := range y {
			y[i] = -1
		}
		images()
	}
}

// WindowTake copies y[n,c,o] = x[n,c,index[n,c,o]], where indices count the
// elements of a plane.
func WindowTake[T Float](ws *Workspace[T], w *Window, y, x, index []T) func() {
	_, _, _, _, out := w.conv().sizes()
	return planes(ws, w, func(x0, y0, width int) {
		for range out {
			pixel := y[y0 : y0+width]
			for k, at := range index[y0 : y0+width] {
				pixel[k] = x[x0+int(at)*width+k]
			}
			y0 += width
		}
	})
}

// WindowScatter adds dx[n,c,index[n,c,o]] += dy[n,c,o] into zeros: the adjoint of
// WindowTake.
func WindowScatter[T Float](ws *Workspace[T], w *Window, dx, dy, index []T) func() {
	_, _, _, _, out := w.conv().sizes()
	images := planes(ws, w, func(x0, y0, width int) {
		for range out {
			pixel := dy[y0 : y0+width]
			for k, at := range index[y0 : y0+width] {
				dx[x0+int(at)*width+k] += pixel[k]
			}
			y0 += width
		}
	})
	return func() {
		clear(dx)
		images()
	}
}
