package kernel

// filterGradient computes dw, a product over pixels for each tap:
//
//	dw[k,c,m] = Σ_n Σ_o x[n, o·stride−pad+k·dilation, c] · dy[n,o,m]
//
// A tile has channels of x as rows and channels of dy as columns, for one tap. Pixels
// outside the image are skipped. If x has few channels, a tile has those of all taps of
// a line as rows, or of two lines; then pixels outside are zeros in a frame. Threads share
// the tiles or, where these are too few, chunks of the sum.
type filterGradient struct {
	*Conv
	set       *instructionSet
	dw, x, dy []float32
	run2      int  // how many taps along a line are in one tile
	paired    bool // whether two such lines of taps are in one tile
	lo, hi    [3]int
	rows      int       // of all tiles of a tap, or line of taps: channels of x
	tiles     int       // that the rows are divided into
	strips    int       // of columns: channels of dy
	alongN    bool      // whether sums run along the images, rather than the lines
	lines     int       // of y over all images, or pixels alongN: each is a step of a sum
	block     int       // how many lines are summed before the next tile
	jobs      int       // tiles in all
	chunks    int       // of the sum, fixed by the shapes
	partial   []float32 // dw of each chunk
}

func newFilterGradient(set *instructionSet, c *Conv, dw, x, dy []float32) *filterGradient {
	cg, mg, _, _, _ := c.sizes()
	s := &filterGradient{Conv: c, set: set, dw: dw, x: x, dy: dy, run2: 1, rows: cg}
	if c.Groups == 1 && c.Dilated[2] == 1 && cg < set.rows {
		s.run2, s.rows = c.K[2], c.K[2]*cg
	}
	s.lo, s.hi = c.reads()
	s.tiles, s.strips = balanced(s.rows, set.rows), balanced(mg, set.cols)
	s.alongN = s.run2 == 1 && c.N > c.Y[2] && c.Y[2] < shortLine
	length := c.Y[2]
	s.lines = c.N * c.Y[0] * c.Y[1]
	if s.alongN {
		length = c.N
		s.lines = c.Y[0] * c.Y[1] * c.Y[2]
	}
	s.block = max(1, filterPixels/length)
	s.paired = s.run2 > 1 && 2*s.rows <= set.rows
	s.jobs = c.Groups * s.tapLines() * s.tiles * s.strips
	return s
}

// bind returns the call that computes dw.
func (s *filterGradient) bind(ws *Workspace[float32]) func() {
	_, _, _, _, out := s.sizes()
	multiplyAdds := 1 + s.N*out*len(s.dw)
	s.chunks = min(filterJobs, s.lines)
	if s.jobs >= filterJobs || s.alongN || partialCost*s.chunks*len(s.dw) >= len(s.x)+len(s.dy) {
		return ws.Split(s.jobs, 1+s.jobs*s.set.threadWork/multiplyAdds, s.runTiles)
	}
	chunks := ws.Split(s.chunks, 1+s.chunks*s.set.threadWork/multiplyAdds, s.runChunks)
	return func() {
		s.partial = grow(&ws.partial, s.chunks*len(s.dw))
		chunks()
		if !s.Add {
			clear(s.dw)
		}
		for q := range s.chunks {
			addTo(s.dw, s.partial[q*len(s.dw):])
		}
	}
}

// tapLines is how many taps, or lines of them, or pairs of lines, get tiles of
// their own.
func (s *filterGradient) tapLines() int {
	lines := volume(s.K) / s.run2
	if s.paired {
		return balanced(lines, 2)
	}
	return lines
}

// runTiles computes tiles lo ≤ q < hi.
func (s *filterGradient) runTiles(w *Scratch[float32], lo, hi int) {
	s.sums(w, s.dw, lo, hi, 0, s.lines, flag(s.Add))
}

// runChunks computes chunks of the sums of all tiles.
func (s *filterGradient) runChunks(w *Scratch[float32], lo, hi int) {
	for q := lo; q < hi; q++ {
		first, lines := share(s.lines, s.chunks, q)
		s.sums(w, s.partial[q*len(s.dw):][:len(s.dw)], 0, s.jobs, first, first+lines, 0)
	}
}

// sums computes tiles lo ≤ q < hi of dw, counted as [group][tap][strip][tile], over
// the pixels of the lines from ≤ l < to, block by block.
func (s *filterGradient) sums(w *Scratch[float32], dw []float32, lo, hi, from, to, add int) {
	for first, last := from, from; first < to; first = last {
		last = min(first+s.block, to)
		if !s.alongN {
			last = min(first+s.blockLines(first, s.block), to)
		}
		f := s.frame(w, first, last)
		if s.run2 > 1 {
			s.listSteps(w, &f, 0, first, last)
		}
		w.tile.add = add
		perTap := s.strips * s.tiles
		for q := lo; q < hi; {
			end := min(hi, (q/perTap+1)*perTap)
			s.tap(w, dw, &f, q/perTap, q%perTap, end-q+q%perTap, first, last)
			q = end
		}
		add = 1
	}
}

// blockLines is how many lines of y from line first on, counted over all images,
// make a block of about count: whole images, or lines of one image.
func (c *Conv) blockLines(first, count int) int {
	perImage := c.Y[0] * c.Y[1]
	if at := first % perImage; at > 0 || count < perImage {
		return min(count, perImage-at)
	}
	return min(count/perImage*perImage, c.N*perImage-first)
}

// frame returns the pixels of x that the lines first ≤ l < last meet.
func (s *filterGradient) frame(w *Scratch[float32], first, last int) frame {
	if s.run2 == 1 || inside(s.lo, s.hi, s.X) {
		return whole(s.x, s.X, s.C)
	}
	n, end, lo, hi := s.lineBox(s.lo, s.hi, first, last)
	data := grow(&w.a, (end-n)*frameSize(lo, hi, s.C))
	return s.set.copyFrame(data, s.x, s.X, s.C, 0, s.C, n, end, lo, hi)
}

// tap adds the pixels of some lines to the tiles lo ≤ q < hi of tap k, counted as
// [group][tap].
func (s *filterGradient) tap(w *Scratch[float32], dw []float32, f *frame, k, lo, hi, first, last int) {
	cg, mg, _, _, _ := s.sizes()
	t, set := &w.tile, s.set
	taps := s.tapLines()
	g, k := k/taps, k%taps
	two := s.paired && 2*k+1 < volume(s.K)/s.run2
	if s.paired {
		k *= 2
	}
	at, at2 := 0, 0
	if s.run2 > 1 {
		at, at2 = s.tapLine(f, k), s.tapLine(f, k+1)
	} else {
		s.listSteps(w, f, k, first, last)
	}
	t.lda, t.ldc = 1, s.M
	for q := lo; q < hi; q++ {
		i, rows := share(s.rows, s.tiles, q%s.tiles)
		j := q / s.tiles * set.cols
		cols := min(set.cols, mg-j)
		c := (k*s.run2*cg+i)*s.M + g*mg + j
		if t.k <= 0 || len(w.steps) == 0 {
			s.zero(dw, c, rows, cols, t.add)
			continue
		}
		a := g*cg + i + at
		second, next := min((rows+1)/2, rows-1), a
		if two {
			second, next = rows, a-at+at2
			rows *= 2
		} else {
			next += second
		}
		t.c, t.c2 = &dw[c], &dw[c+second*s.M]
		t.a, t.a2, t.b = &f.data[a], &f.data[next], &s.dy[g*mg+j]
		t.steps, t.count = &w.steps[0], len(w.steps)
		set.matrixTile(t, rows, cols)
	}
}

// tapLine is how far line k of taps is from the first in the frame.
func (s *filterGradient) tapLine(f *frame, k int) int {
	return f.offset([3]int{k / s.K[1] * s.Dilated[0], k % s.K[1] * s.Dilated[1], 0})
}

// zero clears a tile that no pixel reaches.
func (s *filterGradient) zero(dw []float32, c, rows, cols, add int) {
	for i := 0; i < rows && add == 0; i++ {
		clear(dw[c+i*s.M:][:cols])
	}
}

// listSteps sets the steps of the sums over some lines for tap k: where they start in x
// and dy.
func (s *filterGradient) listSteps(w *Scratch[float32], f *frame, k, first, last int) {
	t := &w.tile
	shift := [3]int{k / s.K[2] / s.K[1], k / s.K[2] % s.K[1], k % s.K[2]}
	for d := range 3 {
		shift[d] = shift[d]*s.Dilated[d] - s.Pad[d]
	}
	dy := whole(s.dy, s.Y, s.M)
	w.steps = w.steps[:0]
	add := func(n int, o [3]int) {
		var i [3]int
		for d := range 3 {
			i[d] = o[d]*s.Stride[d] + shift[d]
			if s.run2 == 1 && uint(i[d]) >= uint(s.X[d]) {
				return
			}
		}
		w.steps = append(w.steps, tileStep{f.pixel(n, i), dy.pixel(n, o)})
	}
	if s.alongN {
		t.k, t.ka, t.ldb = s.N, f.image, dy.image
		for l := first; l < last; l++ {
			add(0, [3]int{l / s.Y[2] / s.Y[1], l / s.Y[2] % s.Y[1], l % s.Y[2]})
		}
		return
	}
	from, to := 0, s.Y[2]
	if s.run2 == 1 {
		from, to = Reach(shift[2], s.Stride[2], s.X[2], s.Y[2])
	}
	t.k, t.ka, t.ldb = to-from, f.stride[2]*s.Stride[2], s.M
	if t.k <= 0 {
		return
	}
	for l := first; l < last; l++ {
		n, o := l/s.Y[1]/s.Y[0], l/s.Y[1]%s.Y[0]
		add(n, [3]int{o, l % s.Y[1], from})
	}
}
