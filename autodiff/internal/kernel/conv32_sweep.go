package kernel

// bind returns the call that computes the destinations. If there are more pixels than
// weights, threads share the lines, and the weights are packed once. If there are more
// weights, or taps are skipped, threads share the strips of columns, and each packs its
// strips: even for few pixels packing is faster than reading rows that are far apart.
func (s *sweep) bind(ws *Workspace[float32], set *instructionSet, factors []Factor[float32], w []float32) func() {
	s.set, s.factors, s.w = set, factors, w
	s.shared = make([]frame, len(factors))
	s.strips = balanced(s.out, set.cols)
	images := s.images * len(factors)
	srcPixels, dstPixels := volume(s.srcSize)*images, volume(s.dstSize)*images
	if dstPixels == 0 || s.out == 0 || s.in == 0 {
		return s.clear
	}
	s.lines = 0
	for _, p := range s.phases {
		s.lines = max(s.lines, p.count[1])
	}
	s.lines *= images
	pixels := dstPixels / volume(s.dstStep) // of one phase, about
	multiplyAdds := 1 + pixels*s.taps*s.groups*s.in*s.out
	if s.channelwise {
		multiplyAdds = 1 + multiplyAdds/s.in*channelwiseCost
	}
	split := func(n int, body func(w *Scratch[float32], lo, hi int)) func() {
		return ws.Split(n, 1+n*set.threadWork/multiplyAdds, body)
	}
	total, rows := s.groups*s.strips, s.lines/images
	weights := s.groups * s.taps * s.in * s.out
	switch {
	case s.skip && total < ws.threads && rows > total:
		return series(func() { s.apart(ws) }, s.packAll(ws, total), split(rows, s.sweepRows))
	case s.skip:
		return series(func() { s.apart(ws) }, split(total, s.sweepStrips))
	case s.channelwise:
		return split(s.lines, s.sweepLines)
	case weights > s.groups*(srcPixels*s.in+dstPixels*s.out) && total >= ws.threads:
		return series(func() { s.frameAll(ws) }, split(total, s.sweepStrips))
	}
	return series(s.packAll(ws, total), split(s.lines, s.sweepLines))
}

// clear computes destinations that no tap reaches.
func (s *sweep) clear() {
	for _, f := range s.factors {
		if !f.Add {
			clear(f.C)
		}
	}
}

func volume(d [3]int) int { return d[0] * d[1] * d[2] }

// stripSize is the number of weights packed for one strip of columns.
func (s *sweep) stripSize() int { return s.taps * s.in * s.set.cols }

// packAll packs all weights.
func (s *sweep) packAll(ws *Workspace[float32], strips int) func() {
	pack := ws.Split(strips, 1+loopGrain/max(1, s.stripSize()), s.packStrips)
	return func() {
		s.packed = grow(&ws.packed, strips*s.stripSize())
		pack()
	}
}

// packStrips packs the weights of strips of columns: [strip][tap][in][cols].
func (s *sweep) packStrips(_ *Scratch[float32], lo, hi int) {
	for q := lo; q < hi; q++ {
		s.packStrip(s.packed[q*s.stripSize():], q)
	}
}

func (s *sweep) packStrip(to []float32, q int) {
	set, g, j := s.set, q/s.strips, q%s.strips*s.set.cols
	cols := min(set.cols, s.out-j)
	in, out := s.groups*s.in, s.groups*s.out
	for k := range s.taps {
		dst := to[k*s.in*set.cols:]
		if !s.transposed {
			set.copyRows(&dst[0], &s.w[k*s.in*out+g*s.out+j], set.cols, out, s.in, cols)
			continue
		}
		k2 := k % s.size[2]
		from := k - k2 + s.size[2] - 1 - k2 // as place says
		for l := 0; l < cols; l += 16 {
			set.transpose(&dst[l], &s.w[(from*s.out+j+l)*in+g*s.in], set.cols, in, s.in, min(16, cols-l))
		}
	}
}

// sweepLines computes lines lo ≤ l < hi of the destinations, counted along axis 1
// of all images, in bands.
func (s *sweep) sweepLines(w *Scratch[float32], lo, hi int) {
	perImage := s.lines / (s.images * len(s.factors))
	channels := s.groups * s.in
	size := max(1, frameSize(s.lo, s.hi, channels))
	for lo < hi {
		n, l := lo/perImage, lo%perImage
		w.factor = &s.factors[n/s.images]
		n %= s.images
		images, lines := 1, min(perImage-l, hi-lo)
		if lines == perImage {
			images = max(1, min((hi-lo)/perImage, s.set.cache/size, s.images-n))
		}
		if size > s.set.cache {
			height := s.hi[1] - s.lo[1]
			fit := max(1, (s.set.cache*height/size-(s.reach-s.lo[1]))/s.srcStep[1])
			lines = balanced(lines, balanced(lines, fit))
		}
		f := s.band(w, n, images, l, lines)
		s.allStrips(w, &f, n, images, l, lines)
		lo += images * lines
	}
}

// sweepRows computes lines lo ≤ l < hi, counted along axis 1, of all images at once.
func (s *sweep) sweepRows(w *Scratch[float32], lo, hi int) {
	for i := range s.factors {
		w.factor = &s.factors[i]
		s.allStrips(w, &s.shared[i], 0, s.images, lo, hi-lo)
	}
}

// allStrips computes some lines of some images.
func (s *sweep) allStrips(w *Scratch[float32], f *frame, n, images, l, lines int) {
	for q := range s.groups * s.strips {
		weights := &s.w[q%s.strips*s.set.cols] // where they are used once
		if !s.channelwise {
			weights = &s.packed[q*s.stripSize()]
		}
		s.strip(w, f, q, weights, n, images, l, lines)
	}
}

// band returns the source of some lines of some images.
func (s *sweep) band(w *Scratch[float32], n, images, l, lines int) frame {
	channels := s.groups * s.in
	if inside(s.lo, s.hi, s.srcSize) {
		return whole(w.factor.A, s.srcSize, channels)
	}
	lo, hi := s.lo, s.hi
	lo[1] += l * s.srcStep[1]
	hi[1] = max(lo[1], min(hi[1], (l+lines-1)*s.srcStep[1]+s.reach))
	data := grow(&w.a, images*frameSize(lo, hi, channels))
	return s.set.copyFrame(data, w.factor.A, s.srcSize, channels, 0, channels, n, n+images, lo, hi)
}

// frameAll frames the whole sources.
func (s *sweep) frameAll(ws *Workspace[float32]) {
	channels := s.groups * s.in
	s.asTheyAre()
	if inside(s.lo, s.hi, s.srcSize) {
		return
	}
	size := s.images * frameSize(s.lo, s.hi, channels)
	data := grow(&ws.framed, size*len(s.factors))
	for i, f := range s.factors {
		s.shared[i] = s.set.copyFrame(data[i*size:][:size], f.A, s.srcSize, channels, 0, channels, 0, s.images, s.lo, s.hi)
	}
}

// asTheyAre takes the sources without frames.
func (s *sweep) asTheyAre() {
	for i, f := range s.factors {
		s.shared[i] = whole(f.A, s.srcSize, s.groups*s.in)
	}
}

// apart takes the sources as they are, or copied, if their images are so far from
// each other that the rows of a tile would collide in the first-level cache.
func (s *sweep) apart(ws *Workspace[float32]) {
	s.asTheyAre()
	image := s.shared[0].image
	if image%imageCollision != 0 {
		return
	}
	const line = 16
	size := s.images * (image + line)
	data := grow(&ws.framed, size*len(s.factors))
	for i := range s.shared {
		f, to := &s.shared[i], data[i*size:][:size]
		for n := range s.images {
			copy(to[n*(image+line):], f.data[n*image:][:image])
		}
		f.data, f.image = to, image+line
	}
}

// sweepStrips computes strips of columns of all pixels.
func (s *sweep) sweepStrips(w *Scratch[float32], lo, hi int) {
	for q := lo; q < hi; q++ {
		weights := grow(&w.b, s.stripSize())
		s.packStrip(weights, q)
		for i := range s.factors {
			w.factor = &s.factors[i]
			s.strip(w, &s.shared[i], q, &weights[0], 0, s.images, 0, s.lines/(s.images*len(s.factors)))
		}
	}
}
