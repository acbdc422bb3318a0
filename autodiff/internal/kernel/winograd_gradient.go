package kernel

// winogradGradient computes dw by the adjoint of Winograd's method: a product over tiles
// for each point,
//
//	dw = Gᵀ [Σ_tiles (Bᵀ x B) ⊙ (A dy Aᵀ)] G
//
// chunk by chunk of tiles. Where there are fewer numbers at points of x and dy than of w,
// they are one chunk, and threads take tiles of dw, from the product to the taps.
type winogradGradient struct {
	winogradTiles
	set           *instructionSet
	dw, x, dy     []float32
	tiles, strips int // of each point: channels of x and of dy
	chunks, chunk int // of the sums, fixed by the shapes; how many tiles the largest has

	first, count int       // tiles of this chunk
	images       []float32 // [point][tile][C]
	gradients    []float32 // [point][tile][M]
	sums         []float32 // [point][C][M]
}

func newWinogradGradient(set *instructionSet, c *Conv, dw, x, dy []float32) *winogradGradient {
	s := &winogradGradient{winogradTiles: newWinogradTiles(c), set: set, dw: dw, x: x, dy: dy}
	s.tiles, s.strips = balanced(c.C, set.rows), balanced(c.M, set.cols)
	all := c.N * s.down * s.across
	s.chunks = balanced(all, max(1, winogradChunk/(winogradPoints*(c.C+c.M)), c.C*c.M/(c.C+c.M)))
	s.chunk = balanced(all, s.chunks)
	return s
}

// bind returns the call that computes dw.
func (s *winogradGradient) bind(ws *Workspace[float32]) func() {
	mapped := ws.Split(s.chunk, 1+loopGrain/(winogradPoints*(s.C+s.M)), s.mapTiles)
	work := 1 + winogradPoints*s.chunk*s.C*s.M
	if jobs := s.strips * s.tiles; s.chunks == 1 && s.C*s.M > s.chunk*(s.C+s.M) && jobs >= filterJobs {
		s.count = s.chunk
		results := ws.Split(jobs, 1+jobs*s.set.threadWork/work, s.tilesOfResult)
		return func() {
			s.room(ws)
			mapped()
			results()
		}
	}
	jobs := winogradPoints * s.strips * s.tiles
	products := ws.Split(jobs, 1+jobs*s.set.threadWork/work, s.tilesOfPoints)
	results := ws.Split(s.C, 1+loopGrain/(winogradPoints*s.M), func(w *Scratch[float32], lo, hi int) {
		s.mapResults(w, s.sums[lo*s.M:], s.M, pointSize(s.C, s.M), lo, hi-lo, 0, s.M)
	})
	return func() {
		s.room(ws)
		s.sums = grow(&ws.filter, winogradPoints*pointSize(s.C, s.M))
		for q := range s.chunks {
			s.first, s.count = share(s.N*s.down*s.across, s.chunks, q)
			mapped()
			products()
		}
		results()
	}
}

// room makes memory for the numbers of a chunk at points.
func (s *winogradGradient) room(ws *Workspace[float32]) {
	s.images = grow(&ws.framed, winogradPoints*pointSize(s.chunk, s.C))
	s.gradients = grow(&ws.packed, winogradPoints*pointSize(s.chunk, s.M))
}

// mapTiles maps tiles lo ≤ i < hi of the chunk to points.
func (s *winogradGradient) mapTiles(w *Scratch[float32], lo, hi int) {
	buffer := grow(&w.columns, winogradTemp+winogradPoints*max(s.C, s.M))
	temp, patch := &buffer[0], buffer[winogradTemp:]
	point, points := pointSize(s.chunk, s.C), pointSize(s.chunk, s.M)
	for i := lo; i < min(hi, s.count); i++ {
		n, line, pixel := s.of(s.first + i)
		x, dy := s.x[n*s.X[1]*s.X[2]*s.C:], s.dy[n*s.Y[1]*s.Y[2]*s.M:]
		from, stride := square(patch, x, s.X[1], s.X[2], s.C, line-s.Pad[1], pixel-s.Pad[2], winogradPatch)
		s.set.image(&s.images[i*s.C], from, temp, winogradPatch*point, point, stride, s.C, s.C)
		from, stride = square(patch, dy, s.Y[1], s.Y[2], s.M, line, pixel, winogradTile)
		s.set.gradient(&s.gradients[i*s.M], from, temp, winogradPatch*points, points, stride, s.M, s.M)
	}
}

// tilesOfPoints adds a chunk to tiles lo ≤ q < hi of the sums, counted as [point][strip][tile].
func (s *winogradGradient) tilesOfPoints(w *Scratch[float32], lo, hi int) {
	w.tile.ldc = s.M
	for q := lo; q < hi; q++ {
		p, j := q/s.tiles/s.strips, q/s.tiles%s.strips*s.set.cols
		i, rows := share(s.C, s.tiles, q%s.tiles)
		s.product(w, s.sums[p*pointSize(s.C, s.M)+i*s.M+j:], p, i, rows, j, flag(s.first > 0))
	}
}

// tilesOfResult computes tiles lo ≤ q < hi of dw, counted as [strip][tile].
func (s *winogradGradient) tilesOfResult(w *Scratch[float32], lo, hi int) {
	cols := s.set.cols
	w.tile.ldc = cols
	for q := lo; q < hi; q++ {
		j := q / s.tiles * cols
		i, rows := share(s.C, s.tiles, q%s.tiles)
		point := pointSize(rows, cols)
		sums := grow(&w.b, winogradPoints*point)
		for p := range winogradPoints {
			s.product(w, sums[p*point:], p, i, rows, j, 0)
		}
		s.mapResults(w, sums, cols, point, i, rows, j, min(cols, s.M-j))
	}
}

// product computes the sum over the tiles of a chunk at a point, for some rows from
// channel i of x on and a strip of columns from channel j of dy on; add is 1 to add it.
func (s *winogradGradient) product(w *Scratch[float32], sums []float32, p, i, rows, j, add int) {
	t, second, cols := &w.tile, min((rows+1)/2, rows-1), min(s.set.cols, s.M-j)
	t.steps, t.count = &origin[0], 1
	t.lda, t.ka, t.ldb = 1, s.C, s.M
	t.c, t.c2, t.add = &sums[0], &sums[second*t.ldc], add
	a, b := s.images[p*pointSize(s.chunk, s.C)+i:], s.gradients[p*pointSize(s.chunk, s.M)+j:]
	for k := 0; k < s.count; k += winogradSum {
		t.a, t.a2, t.b, t.k = &a[k*s.C], &a[k*s.C+second], &b[k*s.M], min(winogradSum, s.count-k)
		s.set.matrixTile(t, rows, cols)
		t.add = 1
	}
}

// mapResults maps sums, of count channels of x from i on and cols of dy from j on, from
// points to taps.
func (s *winogradGradient) mapResults(w *Scratch[float32], sums []float32, row, point, i, count, j, cols int) {
	temp, tap := &grow(&w.columns, winogradTemp)[0], s.C*s.M
	toTaps := s.set.filterGradient
	if s.Add {
		toTaps = s.set.filterGradientAdd
	}
	for l := range count {
		toTaps(&s.dw[(i+l)*s.M+j], &sums[l*row], temp, 3*tap, tap, winogradPatch*point, point, cols)
	}
}
