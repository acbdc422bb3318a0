package kernel

// strip computes one strip of columns of some lines of some images, all phases.
func (s *sweep) strip(w *Scratch[float32], f *frame, q int, weights *float32, n, images, l, lines int) {
	t, set := &w.tile, s.set
	g, j := q/s.strips, q%s.strips*set.cols
	cols := min(set.cols, s.out-j)
	dst := whole(w.factor.C, s.dstSize, s.groups*s.out)
	t.b, t.ldb = weights, set.cols
	if s.channelwise {
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
		if s.skip {
			s.pixelByPixel(w, f, &dst, p, l, perTap, channel, g*s.out+j, cols)
			continue
		}
		steps := w.steps[:0]
		for _, tap := range s.points[p.from:p.to] {
			steps = append(steps, tileStep{f.offset(tap.shift) - f.offset(s.lo), tap.index * perTap})
		}
		w.steps = steps
		from := f.pixel(n, s.lo) + l*s.srcStep[1]*f.stride[1] + channel
		to := dst.pixel(n, p.first) + g*s.out + j
		s.grid(w, f, &dst, p.count, images, from, to, cols)
	}
}

// pixelByPixel computes a strip of columns of one phase from line l on, pixel by pixel,
// each with the taps that are inside. The rows of a tile run over the images.
func (s *sweep) pixelByPixel(w *Scratch[float32], f, dst *frame, p phase, l, perTap, channel, column, cols int) {
	t := &w.tile
	t.lda, t.ldc = f.image, dst.image
	for q := range volume(p.count) {
		q := [3]int{q / p.count[2] / p.count[1], q / p.count[2] % p.count[1], q % p.count[2]}
		steps, to := w.steps[:0], p.first
		for _, tap := range s.points[p.from:p.to] {
			i := tap.shift
			for d := range 3 {
				i[d] += q[d] * s.srcStep[d]
			}
			i[1] += l * s.srcStep[1]
			// Of a run of taps, as many are inside for each that has any.
			skipped := max(0, -i[2])
			inside := min(s.run2, s.srcSize[2]-i[2]) - skipped
			if uint(i[0]) < uint(s.srcSize[0]) && uint(i[1]) < uint(s.srcSize[1]) && inside > 0 {
				i[2] += skipped
				steps = append(steps, tileStep{f.offset(i), (tap.index + skipped) * perTap})
				t.k = inside * s.in
			}
		}
		w.steps = steps
		for d := range 3 {
			to[d] += q[d] * s.dstStep[d]
		}
		s.column(w, f.data, s.images, channel, dst.offset(to)+column, cols)
	}
}

// grid computes a strip of columns of a grid of pixels, with w.steps. The rows of a
// tile run along a line, or over the images if these are more; short pieces are
// taken from two lines at a time.
func (s *sweep) grid(w *Scratch[float32], f, dst *frame, count [3]int, images, from, to, cols int) {
	set, t := s.set, &w.tile
	// Axes from the outermost on: what is counted, and the strides.
	axes := [4]int{images, count[0], count[1], count[2]}
	src := [4]int{f.image, f.stride[0] * s.srcStep[0], f.stride[1] * s.srcStep[1], f.stride[2] * s.srcStep[2]}
	out := [4]int{dst.image, dst.stride[0] * s.dstStep[0], dst.stride[1] * s.dstStep[1], dst.stride[2] * s.dstStep[2]}
	if axes[3] < set.rows/2 && axes[0] > axes[3] {
		axes[0], axes[3] = axes[3], axes[0]
		src[0], src[3] = src[3], src[0]
		out[0], out[3] = out[3], out[0]
	}
	t.lda, t.ldc = src[3], out[3]
	length, lines := axes[3], axes[0]*axes[1]*axes[2]
	half := max(1, set.rows/2)
	paired := set.rows > 1 && 2*balanced(length, set.rows) > balanced(length, half)
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
		s.column(w, f.data, length, a, c, cols)
	}
}

// column computes rows that follow each other at equal distances.
func (s *sweep) column(w *Scratch[float32], src []float32, length, a, c, cols int) {
	t, pieces := &w.tile, balanced(length, s.set.rows)
	for p := range pieces {
		o, rows := share(length, pieces, p)
		second := o + min((rows+1)/2, rows-1)
		s.tile(w, src, a+o*t.lda, a+second*t.lda, c+o*t.ldc, c+second*t.ldc, rows, cols)
	}
}

// tile computes one tile of pixels.
func (s *sweep) tile(w *Scratch[float32], src []float32, a, a2, c, c2, rows, cols int) {
	t, steps := &w.tile, w.steps
	if len(steps) == 0 {
		w.factor.zero(c, c2, t.ldc, rows, cols)
		return
	}
	t.c, t.c2 = &w.factor.C[c], &w.factor.C[c2]
	t.a, t.a2, t.add = &src[a], &src[a2], flag(w.factor.Add)
	t.steps, t.count = &steps[0], len(steps)
	if s.channelwise {
		s.set.channelTile(t, rows, cols)
	} else {
		s.set.matrixTile(t, rows, cols)
	}
}

// zero clears a tile that no tap reaches, unless it is to be added to.
func (f *Factor[T]) zero(c, c2, stride, rows, cols int) {
	if f.Add {
		return
	}
	upper := (rows + 1) / 2
	for i := range rows {
		if i == upper {
			c = c2
		}
		clear(f.C[c : c+cols])
		c += stride
	}
}
