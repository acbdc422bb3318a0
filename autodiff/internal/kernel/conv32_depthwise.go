package kernel

// channelGradient is the filterGradient of a depthwise convolution:
//
//	dw[k,c] = Σ_n Σ_o x[n, o·stride−pad+k·dilation, c] · dy[n,o,c]
//
// The taps of a line are the rows of a tile, those of two lines at a time.
type channelGradient struct {
	*Conv
	set       *instructionSet
	dw, x, dy []float32
	lo, hi    [3]int
	width     int // of a strip of channels
}

func (set *instructionSet) channelGradient(ws *Workspace[float32], c *Conv, dw, x, dy []float32) func() {
	_, _, _, taps, out := c.sizes()
	s := &channelGradient{Conv: c, set: set, dw: dw, x: x, dy: dy, width: set.cols}
	s.lo, s.hi = c.reads()
	if c.C < 2*ws.threads*set.cols {
		s.width = set.cols / 2 // so that there is enough to share out
	}
	strips := balanced(c.C, s.width)
	return ws.Split(strips, 1+strips*set.threadWork/channelwiseCost/(1+c.N*out*taps*c.C), s.run)
}

// run computes the strips lo ≤ q < hi of channels over all pixels, block by block.
func (s *channelGradient) run(w *Scratch[float32], lo, hi int) {
	t := &w.tile
	from, to := lo*s.width, min(hi*s.width, s.C)
	block := max(1, s.set.cache/(s.C*(s.hi[2]-s.lo[2])*s.Stride[1]))
	dy := whole(s.dy, s.Y, s.C)
	lines := s.N * s.Y[0] * s.Y[1]
	t.add = flag(s.Add)
	for first, last := 0, 0; first < lines; first = last {
		last = first + s.blockLines(first, block)
		f := s.frame(w, first, last, from, to)
		w.steps = w.steps[:0]
		for l := first; l < last; l++ {
			n, o := l/s.Y[1]/s.Y[0], [3]int{l / s.Y[1] % s.Y[0], l % s.Y[1], 0}
			i := s.lo
			i[0] += o[0] * s.Stride[0]
			i[1] += o[1] * s.Stride[1]
			w.steps = append(w.steps, tileStep{f.pixel(n, i), dy.pixel(n, o)})
		}
		t.steps, t.count = &w.steps[0], len(w.steps)
		t.k, t.ka, t.ldb = s.Y[2], f.stride[2]*s.Stride[2], s.C
		for c := from; c < to; c += s.width {
			t.b = &s.dy[c]
			origin := c
			if f.stride[2] != s.C {
				origin -= from
			}
			s.taps(t, &f, origin, c, min(s.width, to-c))
		}
		t.add = 1
	}
}

// frame returns the channels from ≤ c < to of the pixels of x that the lines first ≤
// l < last meet.
func (s *channelGradient) frame(w *Scratch[float32], first, last, from, to int) frame {
	if inside(s.lo, s.hi, s.X) {
		return whole(s.x, s.X, s.C)
	}
	n, end, lo, hi := s.lineBox(s.lo, s.hi, first, last)
	data := grow(&w.a, (end-n)*frameSize(lo, hi, to-from))
	return s.set.copyFrame(data, s.x, s.X, s.C, from, to-from, n, end, lo, hi)
}

// taps adds a block of pixels to the gradient of one strip of channels, which
// starts at channel origin of the frame and c of dw.
func (s *channelGradient) taps(t *tileArgs, f *frame, origin, c, cols int) {
	t.lda, t.ldc = f.stride[2]*s.Dilated[2], s.C
	lines := s.K[0] * s.K[1]
	half := max(1, s.set.rows/2)
	pieces := balanced(s.K[2], half)
	tap := func(line, k2 int) (a, c2 *float32) {
		shift := [3]int{line / s.K[1] * s.Dilated[0], line % s.K[1] * s.Dilated[1], k2 * s.Dilated[2]}
		return &f.data[origin+f.offset(shift)], &s.dw[(line*s.K[2]+k2)*s.C+c]
	}
	for line := 0; line < lines; line += 2 {
		for p := range pieces {
			k2, rows := share(s.K[2], pieces, p)
			t.a, t.c = tap(line, k2)
			if line+1 < lines {
				t.a2, t.c2 = tap(line+1, k2)
				s.set.channelTile(t, 2*rows, cols)
			} else {
				t.a2, t.c2 = tap(line, k2+min((rows+1)/2, rows-1))
				s.set.channelTile(t, rows, cols)
			}
		}
	}
}
