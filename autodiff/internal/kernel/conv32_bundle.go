package kernel

// A convolution to few channels leaves most lanes of a vector idle. A bundle takes
// count pixels of a line of y as one of count·M channels. Its filter has the taps
// of all of them,
//
//	filter[k0, k1, k2 + r·stride, c, r·M + m] = w[k0, k1, k2, c, m]
//
// for r < count, and zeros; y is the same in memory.
type bundle struct {
	Conv
	count   int
	bundled Conv // the convolution with the filter
	flipped bool // w is [K… M C], and its taps run backwards
	filter  []float32
}

// bundleCount tells how many pixels of y are best taken as one.
func (set *instructionSet) bundleCount(c *Conv) int {
	vector := max(1, set.cols/2)
	if c.Groups > 1 || c.Dilated[2] > 1 || c.M >= vector || c.C == 0 {
		return 1
	}
	// The time for a pixel is that of the vectors for all taps, zeros among them.
	best, least := 1, float64(c.K[2])
	for count := 2; count*c.M <= set.cols && count <= c.Y[2]; count++ {
		taps := c.K[2] + (count-1)*c.Stride[2]
		time := float64(balanced(count*c.M, vector)*taps) / float64(count)
		if c.Y[2]%count == 0 && time < least {
			best, least = count, time
		}
	}
	return best
}

// adjoint returns the convolution that gives dx, with y for x, if all strides are 1.
func (c *Conv) adjoint() Conv {
	a := *c
	a.C, a.M, a.X, a.Y = c.M, c.C, c.Y, c.X
	for d := range 3 {
		a.Pad[d] = (c.K[d]-1)*c.Dilated[d] - c.Pad[d]
	}
	return a
}

// bundle plans c with count pixels taken as one.
func (set *instructionSet) bundle(c *Conv, count int, flipped bool) *bundle {
	b := &bundle{Conv: *c, bundled: *c, count: count, flipped: flipped}
	w := &b.bundled
	w.M *= count
	w.Y[2] /= count
	w.K[2] += (count - 1) * c.Stride[2]
	w.Stride[2] *= count
	return b
}

// eachRow calls body for M elements of w each: the row of w, and where it is in filter.
func (b *bundle) eachRow(body func(row int, dst []float32)) {
	for k := range volume(b.K) {
		for r := range b.count {
			tap := k/b.K[2]*b.bundled.K[2] + k%b.K[2] + r*b.Stride[2]
			for c := range b.C {
				body(k*b.C+c, b.filter[(tap*b.C+c)*b.bundled.M+r*b.M:][:b.M])
			}
		}
	}
}

// room finds memory for the filter.
func (b *bundle) room(ws *Workspace[float32]) []float32 {
	b.filter = grow(&ws.filter, volume(b.bundled.K)*b.bundled.C*b.bundled.M)
	return b.filter
}

// forward computes each y.
func (b *bundle) forward(ws *Workspace[float32], set *instructionSet, factors []Factor[float32], w []float32) func() {
	s := new(sweep)
	s.forward(set, &b.bundled)
	run := s.bind(ws, set, factors, nil)
	last := volume(b.K) - 1
	return func() {
		s.w = b.room(ws)
		clear(s.w)
		b.eachRow(func(row int, part []float32) {
			if b.flipped {
				Gather(part, w, (last-row/b.C)*b.M*b.C+row%b.C, b.C, b.M)
			} else {
				copy(part, w[row*b.M:])
			}
		})
		run()
	}
}

// gradient computes dw.
func (b *bundle) gradient(ws *Workspace[float32], set *instructionSet, dw, x, dy []float32) func() {
	b.bundled.Add = false
	s := newFilterGradient(set, &b.bundled, b.room(ws), x, dy)
	gradient := s.bind(ws)
	return func() {
		s.dw = b.room(ws)
		gradient()
		if !b.Add {
			clear(dw)
		}
		b.eachRow(func(row int, part []float32) { addTo(dw[row*b.M:(row+1)*b.M], part) })
	}
}
