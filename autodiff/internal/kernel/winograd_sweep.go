package kernel

// winogradSweep computes y of a convolution by Winograd's method, or dx by its adjoint.
// Each thread takes blocks of tiles, which stay in the second-level cache from x to y; or,
// where there are few tiles, strips of columns, so that each reads a part of the filters.
type winogradSweep struct {
	winogradTiles
	set     *instructionSet
	factors []Factor[float32] // x and y, with w in common
	w       []float32
	flipped bool // w is [K… M C], and its taps run backwards
	tiles   int  // over all factors
	strips  int  // of columns, channels of y
	filters []float32
	images  []float32 // at the points, where threads share them
}

func newWinogradSweep(set *instructionSet, c *Conv, factors []Factor[float32], w []float32, flipped bool) *winogradSweep {
	copied := *c
	s := &winogradSweep{winogradTiles: newWinogradTiles(&copied), set: set, factors: factors, w: w, flipped: flipped}
	s.tiles = c.N * len(factors) * s.down * s.across
	s.strips = balanced(c.M, set.cols)
	return s
}

// bind returns the call that computes each y.
func (s *winogradSweep) bind(ws *Workspace[float32]) func() {
	units := s.C / (s.set.cols / 2) // of filters: a vector of channels of x, for a strip
	perTile := 1 + winogradPoints*s.C*(s.M+winogradMapCost)
	if s.C*s.M < s.tiles*(s.C+s.M) || s.strips < ws.threads {
		pack := ws.Split(s.strips*units, 1+loopGrain/(winogradPoints*s.set.cols), func(w *Scratch[float32], lo, hi int) {
			for u := lo; u < hi; u++ {
				s.packFilters(w, s.filters[u/units*s.stripSize():], u/units, u%units, u%units+1)
			}
		})
		filters := func() {
			s.filters = grow(&ws.packed, s.strips*s.stripSize())
			pack()
		}
		return series(filters, ws.Split(s.tiles, 1+s.set.threadWork/perTile, s.blocks))
	}
	mapImages := ws.Split(s.tiles, 1+loopGrain/(winogradPoints*s.C), func(w *Scratch[float32], lo, hi int) {
		s.mapImages(w, s.images, s.tiles, 0, lo, hi)
	})
	images := func() {
		s.images = grow(&ws.framed, winogradPoints*pointSize(s.tiles, s.C))
		mapImages()
	}
	return series(images, ws.Split(s.strips, 1+s.strips*s.set.threadWork/(s.tiles*perTile), func(w *Scratch[float32], lo, hi int) {
		for q := lo; q < hi; q++ {
			filters := grow(&w.a, s.stripSize())
			s.packFilters(w, filters, q, 0, units)
			s.strip(w, s.images, filters, q, 0, s.tiles)
		}
	}))
}

// pointSize is the distance of the numbers of a point from those of the next.
func pointSize(rows, columns int) int { return rows*columns + winogradApart }

// stripSize is the number of elements of the filters of one strip of columns.
func (s *winogradSweep) stripSize() int { return winogradPoints * pointSize(s.C, s.set.cols) }

// packFilters maps filters of a strip to points, [point][C][cols], for the vectors
// lo ≤ u < hi of channels of x.
func (s *winogradSweep) packFilters(w *Scratch[float32], to []float32, q, lo, hi int) {
	set, lanes := s.set, s.set.cols/2
	point, m := pointSize(s.C, set.cols), q*set.cols
	cols := min(set.cols, s.M-m)
	turned := lanes*set.cols + winogradApart // the elements of a tap
	buffer := grow(&w.columns, winogradTemp+9*turned)
	for c := lo * lanes; c < hi*lanes; c += lanes {
		from, channel, tap := s.w[c*s.M+m:], s.M, s.C*s.M
		if s.flipped {
			from, channel, tap = buffer[winogradTemp:], set.cols, turned
			for k := range 9 {
				for j := 0; j < cols; j += 16 {
					set.transpose(&from[(8-k)*turned+j], &s.w[(k*s.M+m+j)*s.C+c], set.cols, s.C, lanes, min(16, cols-j))
				}
			}
		}
		for i := range lanes {
			set.filter(&to[(c+i)*set.cols], &from[i*channel], &buffer[0], winogradPatch*point, point, 3*tap, tap, cols)
		}
	}
}

// blocks computes tiles lo ≤ t < hi.
func (s *winogradSweep) blocks(w *Scratch[float32], lo, hi int) {
	tiles := hi - lo
	fit := max(1, winogradBlock/(winogradPoints*s.C)/s.set.rows) * s.set.rows
	blocks := balanced(tiles, fit)
	for b := range blocks {
		first, count := share(tiles, blocks, b)
		images := grow(&w.a, winogradPoints*pointSize(count, s.C))
		s.mapImages(w, images, count, lo+first, lo+first, lo+first+count)
		for q := range s.strips {
			s.strip(w, images, s.filters[q*s.stripSize():], q, lo+first, count)
		}
	}
}

// mapImages maps the patches of tiles lo ≤ t < hi to points, [point][tile][C] for count
// tiles from the first on.
func (s *winogradSweep) mapImages(w *Scratch[float32], to []float32, count, first, lo, hi int) {
	buffer := grow(&w.columns, winogradTemp+winogradPoints*s.C)
	point, plane := pointSize(count, s.C), s.X[1]*s.X[2]*s.C
	for t := lo; t < hi; t++ {
		n, line, pixel := s.of(t)
		image := s.factors[n/s.N].A[n%s.N*plane:][:plane]
		src, stride := square(buffer[winogradTemp:], image, s.X[1], s.X[2], s.C, line-s.Pad[1], pixel-s.Pad[2], winogradPatch)
		s.set.image(&to[(t-first)*s.C], src, &buffer[0], winogradPatch*point, point, stride, s.C, s.C)
	}
}

// strip computes a strip of columns of count tiles from the first on.
func (s *winogradSweep) strip(w *Scratch[float32], images, filters []float32, q, first, count int) {
	set, t := s.set, &w.tile
	cols := min(set.cols, s.M-q*set.cols)
	sums := grow(&w.b, winogradPoints*pointSize(count, set.cols))
	t.steps, t.count, t.k, t.add = &origin[0], 1, s.C, 0
	t.lda, t.ka, t.ldb, t.ldc = s.C, 1, set.cols, set.cols
	pieces := balanced(count, set.rows)
	for p := range winogradPoints {
		t.b = &filters[p*pointSize(s.C, set.cols)]
		for piece := range pieces {
			o, rows := share(count, pieces, piece)
			second := o + min((rows+1)/2, rows-1)
			from, to := images[p*pointSize(count, s.C):], sums[p*pointSize(count, set.cols):]
			t.a, t.a2, t.c, t.c2 = &from[o*s.C], &from[second*s.C], &to[o*set.cols], &to[second*set.cols]
			set.matrixTile(t, rows, cols)
		}
	}
	s.mapResults(w, sums, q*set.cols, cols, first, count)
}

// mapResults maps columns m ≤ j < m + cols of count tiles from points to y.
func (s *winogradSweep) mapResults(w *Scratch[float32], sums []float32, m, cols, first, count int) {
	buffer := grow(&w.columns, winogradTemp+winogradTile*winogradTile*cols)
	temp, part := &buffer[0], buffer[winogradTemp:]
	point, plane := pointSize(count, s.set.cols), s.Y[1]*s.Y[2]*s.M
	for i := range count {
		n, line, pixel := s.of(first + i)
		f, src := &s.factors[n/s.N], &sums[i*s.set.cols]
		y := f.C[n%s.N*plane:][:plane]
		to := y[(line*s.Y[2]+pixel)*s.M+m:]
		lines, pixels := min(winogradTile, s.Y[1]-line), min(winogradTile, s.Y[2]-pixel)
		switch {
		case lines < winogradTile || pixels < winogradTile:
			s.set.result(&part[0], src, temp, winogradTile*cols, cols, winogradPatch*point, point, cols)
			for l := range lines {
				for k := range pixels {
					from, to := part[(l*winogradTile+k)*cols:][:cols], to[(l*s.Y[2]+k)*s.M:][:cols]
					if f.Add {
						addTo(to, from)
					} else {
						copy(to, from)
					}
				}
			}
		case f.Add:
			s.set.resultAdd(&to[0], src, temp, s.Y[2]*s.M, s.M, winogradPatch*point, point, cols)
		default:
			s.set.result(&to[0], src, temp, s.Y[2]*s.M, s.M, winogradPatch*point, point, cols)
		}
	}
}
