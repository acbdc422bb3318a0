package kernel

// A convolution to few channels leaves most lanes of a vector idle. A bundle computes the
// same y as a convolution to count·M channels: count neighbouring pixels of a line count as
// one pixel, which changes nothing in memory. The filters of the bundled convolution are
// wider by (count−1)·stride taps. Its channel r·M + m is channel m of pixel r, with the
// filter shifted by r pixels and zeros elsewhere:
//
//	filter[k0, k1, k2 + r·stride, c, r·M + m] = w[k0, k1, k2, c, m]    for r < count
type bundle struct {
	Conv
	count   int  // pixels that are one
	bundled Conv // the convolution with filter
	flipped bool // w is [K… M C], and its taps run backwards
	filter  []float32
}

// bundleCount returns how many pixels of y to take as one, 1 for no bundle.
func (set *instructionSet) bundleCount(c *Conv) int {
	vector := max(1, set.cols/2)
	if c.Groups > 1 || c.Dilated[2] > 1 || c.M >= vector || c.C == 0 {
		return 1
	}
	// The time for a pixel is proportional to the vectors of its taps, zeros included.
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

// newBundle plans c with count pixels taken as one.
func (set *instructionSet) newBundle(c *Conv, count int, flipped bool) *bundle {
	b := &bundle{Conv: *c, bundled: *c, count: count, flipped: flipped}
	w := &b.bundled
	w.M *= count
	w.Y[2] /= count
	w.K[2] += (count - 1) * c.Stride[2]
	w.Stride[2] *= count
	return b
}

// eachRow calls body for each row of w, of M elements, and for each of its copies in filter.
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

// room makes filter large enough.
func (b *bundle) room(ws *Workspace[float32]) []float32 {
	b.filter = grow(&ws.filter, volume(b.bundled.K)*b.bundled.C*b.bundled.M)
	return b.filter
}

// bindForward returns the call that computes each y.
func (b *bundle) bindForward(ws *Workspace[float32], set *instructionSet, factors []Factor[float32], w []float32) func() {
	s := new(sweep)
	s.planForward(set, &b.bundled)
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

// bindGradient returns the call that computes dw.
func (b *bundle) bindGradient(ws *Workspace[float32], set *instructionSet, dw, x, dy []float32) func() {
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
