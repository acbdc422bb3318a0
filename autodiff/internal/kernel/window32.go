package kernel

import "math"

// Pooling in float32 works line by line, sums with the channels last. With stride 1, the
// pixels that one tap of the windows meets along a line are the line itself, shifted. So
// sums are computed for every pixel that a window could start at, and those that the
// strides pick are taken.

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
func (w *Window) sumLines(set *instructionSet, ws *Workspace[float32], y, x []float32) func() {
	perImage, width, size := w.Y[0]*w.Y[1], w.X[2]*w.C, w.Y[2]*w.C
	return ws.Split(w.N*perImage, w.grain(w.C), func(s *Scratch[float32], lo, hi int) {
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
				set.copyPixels(to, pixels, w.C, 1, w.Stride[2], w.Y[2])
			}
		}
	})
}

// spreadLines is WindowSpread.
func (w *Window) spreadLines(set *instructionSet, ws *Workspace[float32], dx, dy []float32) func() {
	perImage, width, size := w.Y[0]*w.Y[1], w.X[2]*w.C, w.Y[2]*w.C
	plane := w.X[0] * w.X[1] * width
	return ws.Split(w.N, balanced(w.grain(w.C), perImage), func(s *Scratch[float32], lo, hi int) {
		line, pixels := grow(&s.a, width), grow(&s.b, w.starts()*w.C)
		clear(pixels)
		clear(dx[lo*plane : hi*plane])
		for l := lo * perImage; l < hi*perImage; l++ {
			from := dy[l*size : (l+1)*size]
			if w.Stride[2] == 1 {
				pixels = from
			} else {
				set.copyPixels(pixels, from, w.C, w.Stride[2], 1, w.Y[2])
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

// argMaxLines is WindowArgMax. It computes a piece of a line of y at a time, tap by tap, of pixels copied together if there is
// a stride. Comparisons with NaN are never true, but the maximum is NaN then; and it is −∞ where every tap is −∞. In both
// cases the piece is computed again, pixel by pixel.
func (w *Window) argMaxLines(set *instructionSet, ws *Workspace[float32], y, x []float32) func() {
	images, width := w.N*w.C, 1
	if w.Last {
		images, width = w.N, w.C
	}
	perImage, plane, size := w.Y[0]*w.Y[1], w.X[0]*w.X[1]*w.X[2]*width, w.Y[2]*width
	piece := min(w.Y[2], max(1, longestRun/width)) // pixels
	from := make([]float32, piece*width)           // where in a line of x each element's first tap is, but for the padding
	for i := range from {
		from[i] = float32(i / width * w.Stride[2])
	}
	return ws.Split(images*perImage, w.grain(width), func(s *Scratch[float32], lo, hi int) {
		n := piece * width
		buffer := grow(&s.a, 4*n+1)
		best, tap, less, index, shift := buffer[:n], buffer[n:2*n], buffer[2*n:3*n], buffer[3*n:4*n], buffer[4*n:]
		for l := lo; l < hi; l++ {
			image := x[l/perImage*plane:][:plane]
			for i := 0; i < w.Y[2]; i += piece {
				at := y[l*size+i*width : l*size+min(i+piece, w.Y[2])*width]
				best := best[:len(at)]
				Float32.Fill(at, -1)
				Float32.Fill(best, float32(math.Inf(-1)))
				w.meets(l%perImage, func(line int) {
					for k := range w.K[2] {
						start := line*w.X[2] + i*w.Stride[2] - w.Pad[2] + k*w.Dilated[2] // the pixel that the tap of the first one is
						first, last := Reach(start-line*w.X[2], w.Stride[2], w.X[2], len(at)/width)
						if first == last {
							continue
						}
						lo, hi := first*width, last*width
						v := image[(start+first*w.Stride[2])*width:]
						if w.Stride[2] > 1 {
							set.copyPixels(tap, v, width, 1, w.Stride[2], last-first)
							v = tap
						}
						v = v[:hi-lo]
						shift[0] = float32(start)
						Float32.Add(index[:hi-lo], from[lo:hi], shift)
						Float32.Less(less[:hi-lo], best[lo:hi], v)
						Float32.Select(at[lo:hi], less[:hi-lo], index[:hi-lo], at[lo:hi])
						Float32.Max(best[lo:hi], best[lo:hi], v)
					}
				})
				if sum := Float32.Sum(best); math.IsNaN(sum) || math.IsInf(sum, 0) {
					for j := range len(at) / width {
						w.argMaxPixel(at[j*width:][:width], image, l%perImage, i+j)
					}
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
			if v := image[pixel*len(at)+k]; at[k] < 0 || v > best || v != v && best == best {
				at[k], best = float32(pixel), v
			}
		})
	}
}

// grain is how many lines of y, of pixels of some width, are worth another thread.
func (w *Window) grain(width int) int {
	return 1 + loopGrain/max(1, (w.K[0]*w.K[1]*w.X[2]+w.K[2]*w.starts())*width)
}

// copyPixels copies n pixels, each from pixels after the one before in src, and to pixels after it in dst.
func (set *instructionSet) copyPixels(dst, src []float32, channels, to, from, n int) {
	for c := 0; c < channels; c += set.cols {
		set.copyRows(&dst[c], &src[c], to*channels, from*channels, n, min(set.cols, channels-c))
	}
}

// addTo adds x to sum.
func addTo(sum, x []float32) {
	for len(sum) > longestRun {
		Float32.Add(sum[:longestRun], sum[:longestRun], x[:longestRun])
		sum, x = sum[longestRun:], x[longestRun:]
	}
	Float32.Add(sum, sum, x[:len(sum)])
}
