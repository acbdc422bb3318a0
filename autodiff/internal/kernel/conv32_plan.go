package kernel

// sweep is a convolution over the pixels of its destination, channels last:
//
//	dst[n, first + q·dstStep, j] = Σ_taps Σ_i src[n, q·srcStep + shift, i] · w[tap, i, j]
//
// for each phase, a grid of destination pixels that share their taps. A forward
// convolution has one phase; the adjoint one for each residue of the strides.
type sweep struct {
	images           int // of each factor
	srcSize, dstSize [3]int
	srcStep, dstStep [3]int
	groups, in, out  int // channels of a group
	taps             int
	transposed       bool   // w is [taps out in] by group, else [taps in out]
	channelwise      bool   // each channel on its own, w is [taps channel]
	size             [3]int // of the filter
	run2             int    // how many taps along a line are taken as one, of run2·in channels
	skip             bool   // taps outside are skipped, pixel by pixel, for all images at once
	phases           []phase
	points           []tapPoint
	lo, hi           [3]int // the box of src that is read
	reach            int    // one more than the largest shift of a tap along axis 1

	set     *instructionSet
	factors []Factor[float32] // src and dst, with w in common
	w       []float32
	lines   int       // of the largest phase, over all images
	strips  int       // of columns of a group
	packed  []float32 // w
	shared  []frame   // all of each src
}

// phase is a grid of destination pixels; its taps are points[from:to].
type phase struct {
	count, first [3]int
	from, to     int
}

// tapPoint is where a tap reads the source, and its place among the weights.
type tapPoint struct {
	shift [3]int
	index int
}

// planForward plans y from x.
func (s *sweep) planForward(set *instructionSet, c *Conv) {
	cg, mg, _, taps, _ := c.sizes()
	s.images, s.srcSize, s.dstSize, s.size = c.N, c.X, c.Y, c.K
	s.srcStep, s.dstStep = c.Stride, [3]int{1, 1, 1}
	s.groups, s.in, s.out, s.taps, s.transposed = c.Groups, cg, mg, taps, false
	s.findDepthwise(c)
	s.skip, s.run2 = !s.channelwise && set.skips(c), 1
	if s.groups == 1 && !s.channelwise && c.Dilated[2] == 1 {
		s.run2 = c.K[2]
	}
	s.phases, s.points = s.phases[:0], s.points[:0]
	for k0 := range c.K[0] {
		for k1 := range c.K[1] {
			for k2 := 0; k2 < c.K[2]; k2 += s.run2 {
				k := [3]int{k0, k1, k2}
				var shift [3]int
				for d := range 3 {
					shift[d] = k[d]*c.Dilated[d] - c.Pad[d]
				}
				s.points = append(s.points, tapPoint{shift, s.place(k)})
			}
		}
	}
	s.phases = append(s.phases, phase{count: c.Y, to: len(s.points)})
	s.box()
}

// findDepthwise notes whether the convolution is depthwise, and plans it channel by channel.
func (s *sweep) findDepthwise(c *Conv) {
	s.channelwise = c.depthwise()
	if s.channelwise {
		s.groups, s.in, s.out, s.transposed = 1, c.C, c.C, false
	}
}

// skips tells whether to skip taps outside the image rather than multiply zeros: small
// images have many. The rows of a tile are then one pixel of many images, and there must
// be enough images for that.
func (set *instructionSet) skips(c *Conv) bool {
	if c.N == 0 || 2*(c.N/balanced(c.N, set.rows)) < set.rows {
		return false
	}
	return c.reachable() < skipShare
}

// reachable is the share of taps that are inside the image.
func (c *Conv) reachable() float64 {
	reachable := 1.0
	for d := range 3 {
		taps := 0
		for k := range c.K[d] {
			first, last := Reach(k*c.Dilated[d]-c.Pad[d], c.Stride[d], c.X[d], c.Y[d])
			taps += last - first
		}
		reachable *= float64(taps) / float64(max(1, c.K[d]*c.Y[d]))
	}
	return reachable
}

// planInput plans dx from dy: i = o·stride − pad + k·dilation, solved for o.
func (s *sweep) planInput(set *instructionSet, c *Conv) {
	cg, mg, _, taps, _ := c.sizes()
	s.images, s.srcSize, s.dstSize, s.size = c.N, c.Y, c.X, c.K
	s.srcStep, s.dstStep = [3]int{1, 1, 1}, c.Stride
	s.groups, s.in, s.out, s.taps, s.transposed = c.Groups, mg, cg, taps, true
	s.findDepthwise(c)
	s.skip, s.run2 = !s.channelwise && set.skips(c), 1
	if s.groups == 1 && !s.channelwise && c.Dilated[2] == 1 && c.Stride[2] == 1 {
		s.run2 = c.K[2]
	}
	s.phases, s.points = s.phases[:0], s.points[:0]
	for r0 := range min(c.Stride[0], c.X[0]) {
		for r1 := range min(c.Stride[1], c.X[1]) {
			for r2 := range min(c.Stride[2], c.X[2]) {
				p := phase{first: [3]int{r0, r1, r2}, from: len(s.points)}
				for d := range 3 {
					p.count[d] = balanced(c.X[d]-p.first[d], c.Stride[d])
				}
				s.phasePoints(c, p.first)
				p.to = len(s.points)
				s.phases = append(s.phases, p)
			}
		}
	}
	s.box()
}

// phasePoints adds the taps that reach the destination pixels from first on. Along
// a line, backwards: then they follow each other in the source.
func (s *sweep) phasePoints(c *Conv, first [3]int) {
	for k0 := range c.K[0] {
		for k1 := range c.K[1] {
			for k2 := c.K[2] - 1; k2 >= 0; k2 -= s.run2 {
				k, hit := [3]int{k0, k1, k2}, true
				var shift [3]int
				for d := range 3 {
					o := first[d] + c.Pad[d] - k[d]*c.Dilated[d]
					hit = hit && o%c.Stride[d] == 0
					shift[d] = o / c.Stride[d]
				}
				if hit {
					s.points = append(s.points, tapPoint{shift, s.place(k)})
				}
			}
		}
	}
}

// place is the place of tap k among the packed weights.
func (s *sweep) place(k [3]int) int {
	if s.transposed {
		k[2] = s.size[2] - 1 - k[2]
	}
	return (k[0]*s.size[1]+k[1])*s.size[2] + k[2]
}

// box finds what is read of the source.
func (s *sweep) box() {
	empty := true
	s.lo, s.hi, s.reach = [3]int{}, [3]int{}, 0
	for _, p := range s.phases {
		for _, t := range s.points[p.from:p.to] {
			for d := range 3 {
				lo, hi := t.shift[d], t.shift[d]+(p.count[d]-1)*s.srcStep[d]+1
				if d == 2 {
					hi += s.run2 - 1
				}
				if empty || lo < s.lo[d] {
					s.lo[d] = lo
				}
				if empty || hi > s.hi[d] {
					s.hi[d] = hi
				}
			}
			if empty || t.shift[1]+1 > s.reach {
				s.reach = t.shift[1] + 1
			}
			empty = false
		}
	}
}
