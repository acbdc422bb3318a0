package kernel

// Poolings in float32 with the channels last go line by line: what a tap of a
// window meets along a line lies in one piece, shifted, if every pixel is the start
// of a window; the strides pick some of them.

// starts is how many pixels of a line windows could start at, from the first that
// does to the last.
func (w *Window) starts() int { return (w.Y[2]-1)*w.Stride[2] + 1 }

// clip returns the pixels i of starts for which pixel i + shift, that of tap k, is
// inside.
func (w *Window) clip(k int) (first, last, shift int) {
	shift = k*w.Dilated[2] - w.Pad[2]
	first = max(0, -shift)
	return first, max(first, min(w.starts(), w.X[2]-shift)), shift
}

// meets calls body with the lines of an image of x that a line of y meets.
func (w *Window) meets(line int, body func(line int)) {
	for k0 := range w.K[0] {
		i0 := line/w.Y[1]*w.Stride[0] - w.Pad[0] + k0*w.Dilated[0]
		for k1 := range w.K[1] {
			i1 := line%w.Y[1]*w.Stride[1] - w.Pad[1] + k1*w.Dilated[1]
			if uint(i0) < uint(w.X[0]) && uint(i1) < uint(w.X[1]) {
				body(i0*w.X[1] + i1)
			}
		}
	}
}

// sumLines is WindowSum: it adds the lines of the windows, then their pixels.
func (w *Window) sumLines(u *unit, ws *Workspace[float32], y, x []float32) func() {
	perImage, width, size := w.Y[0]*w.Y[1], w.X[2]*w.C, w.Y[2]*w.C
	return ws.Split(w.N*perImage, w.grain(), func(s *Scratch[float32], lo, hi int) {
		lines, pixels := grow(&s.a, width), grow(&s.b, w.starts()*w.C)
		for l := lo; l < hi; l++ {
			clear(lines)
			w.meets(l%perImage, func(line int) {
				from := (l/perImage*w.X[0]*w.X[1] + line) * width
				addTo(lines, x[from:from+width])
			})
			to := y[l*size : (l+1)*size]
			if w.Stride[2] == 1 {
				pixels = to
			}
			clear(pixels)
			for k := range w.K[2] {
				if first, last, shift := w.clip(k); first < last {
					addTo(pixels[first*w.C:last*w.C], lines[(first+shift)*w.C:])
				}
			}
			if w.Stride[2] > 1 {
				u.copyPixels(to, pixels, w.C, 1, w.Stride[2], w.Y[2])
			}
		}
	})
}

// spreadLines is WindowSpread.
func (w *Window) spreadLines(u *unit, ws *Workspace[float32], dx, dy []float32) func() {
	perImage, width, size := w.Y[0]*w.Y[1], w.X[2]*w.C, w.Y[2]*w.C
	plane := w.X[0] * w.X[1] * width
	return ws.Split(w.N, balanced(w.grain(), perImage), func(s *Scratch[float32], lo, hi int) {
		line, pixels := grow(&s.a, width), grow(&s.b, w.starts()*w.C)
		clear(pixels)
		clear(dx[lo*plane : hi*plane])
		for l := lo * perImage; l < hi*perImage; l++ {
			from := dy[l*size : (l+1)*size]
			if w.Stride[2] == 1 {
				pixels = from
			} else {
				u.copyPixels(pixels, from, w.C, w.Stride[2], 1, w.Y[2])
			}
			clear(line)
			for k := range w.K[2] {
				if first, last, shift := w.clip(k); first < last {
					addTo(line[(first+shift)*w.C:(last+shift)*w.C], pixels[first*w.C:])
				}
			}
			image := dx[l/perImage*plane:][:plane]
			w.meets(l%perImage, func(i int) { addTo(image[i*width:(i+1)*width], line) })
		}
	})
}

// narrowPixel is how many channels a loop over one pixel is worth calling for.
const narrowPixel = 16

// argMaxLines is WindowArgMax: all channels of a pixel at once. Comparisons are
// never true of NaN, but the maximum shows it: then the pixel is done again.
func (w *Window) argMaxLines(ws *Workspace[float32], y, x []float32) func() {
	perImage, plane, size := w.Y[0]*w.Y[1], w.X[0]*w.X[1]*w.X[2]*w.C, w.Y[2]*w.C
	return ws.Split(w.N*perImage, w.grain(), func(s *Scratch[float32], lo, hi int) {
		best, less, index := grow(&s.a, w.C), grow(&s.b, w.C), grow(&s.columns, 1)
		for l := lo; l < hi; l++ {
			image := x[l/perImage*plane:][:plane]
			for i := range w.Y[2] {
				at := y[l*size+i*w.C:][:w.C]
				first := true
				w.window(l%perImage, i, func(pixel int) {
					v := image[pixel*w.C:][:w.C]
					index[0] = float32(pixel)
					if first {
						first = false
						copy(best, v)
						Float32.Fill(at, index[0])
						return
					}
					Float32.Less(less, best, v)
					Float32.Select(at, less, index, at)
					Float32.Max(best, best, v)
				})
				if sum := Float32.Sum(best); first || sum != sum {
					w.argMaxPixel(at, image, l%perImage, i)
				}
			}
		}
	})
}

// window calls body with the pixels of an image of x that pixel i of a line of y
// meets.
func (w *Window) window(line, i int, body func(pixel int)) {
	w.meets(line, func(line int) {
		for k := range w.K[2] {
			if j := i*w.Stride[2] - w.Pad[2] + k*w.Dilated[2]; uint(j) < uint(w.X[2]) {
				body(line*w.X[2] + j)
			}
		}
	})
}

// argMaxPixel is the plain form for one pixel.
func (w *Window) argMaxPixel(at, image []float32, line, i int) {
	for k := range at {
		at[k] = -1
		var best float32
		w.window(line, i, func(pixel int) {
			if v := image[pixel*w.C+k]; at[k] < 0 || v > best || v != v && best == best {
				at[k], best = float32(pixel), v
			}
		})
	}
}

// grain is how many lines of y are worth another thread.
func (w *Window) grain() int {
	const elements = 1 << 14
	return 1 + elements/max(1, (w.K[0]*w.K[1]*w.X[2]+w.K[2]*w.starts())*w.C)
}

// copyPixels copies n pixels that lie some pixels apart.
func (u *unit) copyPixels(dst, src []float32, channels, apart, from, n int) {
	for c := 0; c < channels; c += u.cols {
		u.copyRows(&dst[c], &src[c], apart*channels, from*channels, n, min(u.cols, channels-c))
	}
}

// addTo adds x to sum.
func addTo(sum, x []float32) {
	const block = 4096 // the longest run for one call of a loop
	for len(sum) > block {
		Float32.Add(sum[:block], sum[:block], x[:block])
		sum, x = sum[block:], x[block:]
	}
	Float32.Add(sum, sum, x[:len(sum)])
}
