package kernel

import "sync"

// sweep is a convolution over the pixels of its destination, channels last:
//
//	dst[n, first + q·dstStep, j] = Σ_taps Σ_i src[n, q·srcStep + shift, i] · w[tap, i, j]
//
// for each phase, a grid of destination pixels that share their taps. A forward
// convolution has one phase; the adjoint one for each residue of the strides.
type sweep struct {
	images           int
	srcSize, dstSize [3]int
	srcStep, dstStep [3]int
	groups, in, out  int // channels of a group
	taps             int
	transposed       bool // w is [taps out in] by group, else [taps in out]
	channelwise      bool // each channel on its own, w is [taps channel]
	size             [3]int
	run2             int // so many taps along a line are one, deeper
	phases           []phase
	points           []tapPoint
	lo, hi           [3]int // the box of src that is read
	reach            int    // how far along axis 1 the taps of a pixel go

	unit        *unit
	dst, src, w []float32
	packed      []float32
	framed      []float32
	shared      frame
	lines, wide int
	bodies      struct{ pack, lines, strips func(lo, hi int) }
	inPlace     bool
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

var sweeps = sync.Pool{New: func() any {
	s := new(sweep)
	s.bodies.pack, s.bodies.lines, s.bodies.strips = s.packStrips, s.sweepLines, s.sweepStrips
	return s
}}

func (s *sweep) release() {
	s.dst, s.src, s.w, s.shared = nil, nil, nil, frame{}
	sweeps.Put(s)
}

// forward plans y from x.
func (s *sweep) forward(c *Conv) {
	cg, mg, _, taps, _ := c.sizes()
	s.images, s.srcSize, s.dstSize, s.size = c.N, c.X, c.Y, c.K
	s.srcStep, s.dstStep = c.Stride, [3]int{1, 1, 1}
	s.groups, s.in, s.out, s.taps, s.transposed = c.Groups, cg, mg, taps, false
	s.channels(c)
	s.run2 = 1
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

// channels recognises a depthwise convolution.
func (s *sweep) channels(c *Conv) {
	s.channelwise = c.depthwise()
	if s.channelwise {
		s.groups, s.in, s.out, s.transposed = 1, c.C, c.C, false
	}
}

// input plans dx from dy: i = o·stride − pad + k·dilation, solved for o.
func (s *sweep) input(c *Conv) {
	cg, mg, _, taps, _ := c.sizes()
	s.images, s.srcSize, s.dstSize, s.size = c.N, c.Y, c.X, c.K
	s.srcStep, s.dstStep = [3]int{1, 1, 1}, c.Stride
	s.groups, s.in, s.out, s.taps, s.transposed = c.Groups, mg, cg, taps, true
	s.channels(c)
	s.run2 = 1
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

// bandElements is how much of the source is worked on at once: a part of the
// second-level cache.
const bandElements = 96 << 10

// run computes the destination. Many pixels share the lines out among the threads
// and pack the weights once; large weights are shared out instead, and packed if
// enough pixels follow.
func (s *sweep) run(u *unit, threads int, dst, src, w []float32) {
	s.unit, s.dst, s.src, s.w = u, dst, src, w
	s.wide = balanced(s.out, u.cols)
	srcPixels, dstPixels := volume(s.srcSize)*s.images, volume(s.dstSize)*s.images
	if dstPixels == 0 || s.out == 0 || s.groups == 0 {
		return
	}
	strips := s.groups * s.wide
	s.lines = 0
	for _, p := range s.phases {
		s.lines = max(s.lines, p.count[1])
	}
	s.lines *= s.images
	pixels := dstPixels / volume(s.dstStep) // of a phase, about
	work := 1 + pixels*s.taps*s.groups*s.in*s.out
	s.inPlace = s.channelwise
	if s.channelwise {
		work /= s.in
		Parallel(threads, s.lines, 1+s.lines*threadWork/8/work, s.bodies.lines)
		return
	}
	weights := s.groups * s.taps * s.in * s.out
	if weights > s.groups*(srcPixels*s.in+dstPixels*s.out) && strips >= threads {
		s.inPlace = !s.transposed && pixels <= 4*u.rows
		s.frameAll()
		Parallel(threads, strips, 1+strips*threadWork/work, s.bodies.strips)
		return
	}
	s.inPlace = false
	grow(&s.packed, strips*s.stripSize())
	Parallel(threads, strips, 1+(1<<14)/max(1, s.stripSize()), s.bodies.pack)
	Parallel(threads, s.lines, 1+s.lines*threadWork/work, s.bodies.lines)
}

func volume(d [3]int) int { return d[0] * d[1] * d[2] }

// stripSize is the number of weights packed for one strip of columns.
func (s *sweep) stripSize() int { return s.taps * s.in * s.unit.cols }

// packStrips packs the weights of strips of columns: [strip][tap][in][cols].
func (s *sweep) packStrips(lo, hi int) {
	for q := lo; q < hi; q++ {
		s.packStrip(s.packed[q*s.stripSize():], q)
	}
}

func (s *sweep) packStrip(to []float32, q int) {
	g, j := q/s.wide, q%s.wide*s.unit.cols
	cols := min(s.unit.cols, s.out-j)
	if s.taps*s.in == 0 {
		return
	}
	if !s.transposed {
		s.unit.copyRows(&to[0], &s.w[g*s.out+j], s.unit.cols, s.groups*s.out, s.taps*s.in, cols)
		return
	}
	stride := s.groups * s.in
	for k := range s.taps {
		k2 := k % s.size[2]
		from := k - k2 + s.size[2] - 1 - k2
		for l := 0; l < cols; l += 16 {
			s.unit.transpose(&to[k*s.in*s.unit.cols+l], &s.w[(from*s.out+j+l)*stride+g*s.in],
				s.unit.cols, stride, s.in, min(16, cols-l))
		}
	}
}

// sweepLines computes lines lo ≤ l < hi of the destination, counted along axis 1
// of all images, in bands.
func (s *sweep) sweepLines(lo, hi int) {
	w := scratches.Get().(*scratch)
	perImage := s.lines / s.images
	channels := s.groups * s.in
	size := max(1, frameSize(s.lo, s.hi, channels))
	for lo < hi {
		n, l := lo/perImage, lo%perImage
		images, lines := 1, min(perImage-l, hi-lo)
		if lines == perImage {
			images = max(1, min((hi-lo)/perImage, bandElements/size))
		}
		if size > bandElements {
			height := s.hi[1] - s.lo[1]
			fit := max(1, (bandElements*height/size-(s.reach-s.lo[1]))/s.srcStep[1])
			lines = balanced(lines, balanced(lines, fit))
		}
		f := s.band(w, n, images, l, lines)
		for q := range s.groups * s.wide {
			weights := s.weights(q)
			if !s.inPlace {
				weights = &s.packed[q*s.stripSize()]
			}
			s.strip(w, &f, q, weights, n, images, l, lines)
		}
		lo += images * lines
	}
	w.release()
}

// band returns the source of some lines of some images.
func (s *sweep) band(w *scratch, n, images, l, lines int) frame {
	channels := s.groups * s.in
	if inside(s.lo, s.hi, s.srcSize) {
		return whole(s.src, s.srcSize, channels)
	}
	lo, hi := s.lo, s.hi
	lo[1] += l * s.srcStep[1]
	hi[1] = max(lo[1], min(hi[1], (l+lines-1)*s.srcStep[1]+s.reach))
	data := grow(&w.a, images*frameSize(lo, hi, channels))
	return copyFrame(data, s.src, s.srcSize, channels, 0, channels, n, n+images, lo, hi)
}

// frameAll frames the whole source.
func (s *sweep) frameAll() {
	channels := s.groups * s.in
	if inside(s.lo, s.hi, s.srcSize) {
		s.shared = whole(s.src, s.srcSize, channels)
		return
	}
	data := grow(&s.framed, s.images*frameSize(s.lo, s.hi, channels))
	s.shared = copyFrame(data, s.src, s.srcSize, channels, 0, channels, 0, s.images, s.lo, s.hi)
}

// weights is where strip q of columns starts in w.
func (s *sweep) weights(q int) *float32 {
	return &s.w[q/s.wide*s.out+q%s.wide*s.unit.cols]
}

// sweepStrips computes strips of columns of all pixels.
func (s *sweep) sweepStrips(lo, hi int) {
	w := scratches.Get().(*scratch)
	for q := lo; q < hi; q++ {
		weights := s.weights(q)
		if !s.inPlace {
			to := grow(&w.b, s.stripSize())
			s.packStrip(to, q)
			weights = &to[0]
		}
		s.strip(w, &s.shared, q, weights, 0, s.images, 0, s.lines/s.images)
	}
	w.release()
}

// strip computes one strip of columns of some lines of some images, all phases.
func (s *sweep) strip(w *scratch, f *frame, q int, weights *float32, n, images, l, lines int) {
	t, u := &w.tile, s.unit
	g, j := q/s.wide, q%s.wide*u.cols
	cols := min(u.cols, s.out-j)
	dst := whole(s.dst, s.dstSize, s.groups*s.out)
	t.b, t.ldb = weights, u.cols
	if s.inPlace {
		t.ldb = s.groups * s.out
	}
	t.k, t.ka = s.run2*s.in, 1
	perTap, channel := s.in*t.ldb, g*s.in
	if s.channelwise {
		t.k, perTap, channel = 1, s.in, j
	}
	for _, p := range s.phases {
		p.count[1] = min(lines, p.count[1]-l)
		if volume(p.count) <= 0 {
			continue
		}
		p.first[1] += l * s.dstStep[1]
		steps := w.steps[:0]
		for _, tap := range s.points[p.from:p.to] {
			steps = append(steps, tileStep{f.shift(tap.shift) - f.shift(s.lo), tap.index * perTap})
		}
		w.steps = steps
		from := f.at(n, s.lo) + l*s.srcStep[1]*f.stride[1] + channel
		to := dst.at(n, p.first) + g*s.out + j
		s.grid(w, f, &dst, p.count, images, from, to, cols)
	}
}

// grid computes a strip of columns of a grid of pixels, with w.steps. The rows of a
// tile run along a line, or over the images if these are more; short pieces are
// taken from two lines at a time.
func (s *sweep) grid(w *scratch, f, dst *frame, count [3]int, images, from, to, cols int) {
	u, t := s.unit, &w.tile
	// Axes from the outermost on: what is counted, and the strides.
	axes := [4]int{images, count[0], count[1], count[2]}
	src := [4]int{f.image, f.stride[0] * s.srcStep[0], f.stride[1] * s.srcStep[1], f.stride[2] * s.srcStep[2]}
	out := [4]int{dst.image, dst.stride[0] * s.dstStep[0], dst.stride[1] * s.dstStep[1], dst.stride[2] * s.dstStep[2]}
	if axes[3] < u.rows/2 && axes[0] > axes[3] {
		axes[0], axes[3] = axes[3], axes[0]
		src[0], src[3] = src[3], src[0]
		out[0], out[3] = out[3], out[0]
	}
	t.lda, t.ldc = src[3], out[3]
	length, lines := axes[3], axes[0]*axes[1]*axes[2]
	half := max(1, u.rows/2)
	paired := u.rows > 1 && 2*balanced(length, u.rows) > balanced(length, half)
	line := func(l int) (a, c int) {
		i2, l := l%axes[2], l/axes[2]
		i1, i0 := l%axes[1], l/axes[1]
		return from + i0*src[0] + i1*src[1] + i2*src[2], to + i0*out[0] + i1*out[1] + i2*out[2]
	}
	for l := 0; l < lines; l++ {
		a, c := line(l)
		if paired && l+1 < lines {
			l++
			a2, c2 := line(l)
			pieces := balanced(length, half)
			for p := range pieces {
				o, rows := share(length, pieces, p)
				s.tile(w, f.data, a+o*t.lda, a2+o*t.lda, c+o*t.ldc, c2+o*t.ldc, 2*rows, cols)
			}
			continue
		}
		pieces := balanced(length, u.rows)
		for p := range pieces {
			o, rows := share(length, pieces, p)
			second := o + min((rows+1)/2, rows-1)
			s.tile(w, f.data, a+o*t.lda, a+second*t.lda, c+o*t.ldc, c+second*t.ldc, rows, cols)
		}
	}
}

// tile computes one tile of pixels.
func (s *sweep) tile(w *scratch, src []float32, a, a2, c, c2, rows, cols int) {
	t, steps := &w.tile, w.steps
	t.c, t.c2 = &s.dst[c], &s.dst[c2]
	if len(steps) == 0 {
		s.zero(t, rows, cols)
		return
	}
	t.a, t.a2, t.add = &src[a], &src[a2], 0
	t.steps, t.count = &steps[0], len(steps)
	if s.channelwise {
		s.unit.byChannel(t, rows, cols)
	} else {
		s.unit.product(t, rows, cols)
	}
}

// zero clears a tile that no tap reaches.
func (s *sweep) zero(t *tileArgs, rows, cols int) {
	t.rows, t.add = rows, 0
	for i := range rows {
		_, c := t.row(i)
		var none [32]float32
		t.write(c, none[:cols])
	}
}
