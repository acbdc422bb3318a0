package kernel

import "sync"

// filterGradient computes dw, a product over pixels for each tap:
//
//	dw[k,c,m] = Σ_n Σ_o x[n, o·stride−pad+k·dilation, c] · dy[n,o,m]
//
// Tiles are channels of x by channels of dy. Pixels outside are left out, not
// framed with zeros; but with few channels of x those of all taps of a line are
// taken together, which needs the zeros.
type filterGradient struct {
	*Conv
	unit      *unit
	dw, x, dy []float32
	run2      int // taps along a line in one tile
	lo, hi    [3]int
	rows      int  // channels of x in all the tiles of a tap
	tiles     int  // for rows
	wide      int  // strips for the channels of dy
	alongN    bool // sums run along the images, rather than the lines
	lines     int  // sums
	block     int  // of them done at a time
	body      func(lo, hi int)
}

var filterGradients = sync.Pool{New: func() any {
	s := new(filterGradient)
	s.body = s.run
	return s
}}

// filterPixels is how many pixels a block has, about: their channels stay in the
// second-level cache while each tap visits them.
const filterPixels = 512

func (u *unit) filterGradient(c *Conv, threads int, dw, x, dy []float32) {
	cg, mg, _, taps, out := c.sizes()
	s := filterGradients.Get().(*filterGradient)
	s.Conv, s.unit, s.dw, s.x, s.dy = c, u, dw, x, dy
	s.run2, s.rows = 1, cg
	if c.Groups == 1 && c.Dilated[2] == 1 && cg < u.rows {
		s.run2, s.rows = c.K[2], c.K[2]*cg
	}
	s.lo, s.hi = c.reads()
	s.tiles, s.wide = balanced(s.rows, u.rows), balanced(mg, u.cols)
	s.alongN = s.run2 == 1 && c.N > c.Y[2]
	length := c.Y[2]
	s.lines = c.N * c.Y[0] * c.Y[1]
	if s.alongN {
		length = c.N
		s.lines = c.Y[0] * c.Y[1] * c.Y[2]
	}
	s.block = max(1, filterPixels/length)
	jobs := c.Groups * taps / s.run2 * s.tiles * s.wide
	Parallel(threads, jobs, 1+jobs*u.work/(1+c.N*out*len(dw)), s.body)
	s.Conv, s.dw, s.x, s.dy = nil, nil, nil, nil
	filterGradients.Put(s)
}

// reads is the box of x that y needs.
func (c *Conv) reads() (lo, hi [3]int) {
	for d := range 3 {
		lo[d] = -c.Pad[d]
		hi[d] = (c.Y[d]-1)*c.Stride[d] + (c.K[d]-1)*c.Dilated[d] + 1 - c.Pad[d]
	}
	return lo, hi
}

// run computes tiles lo ≤ q < hi, counted as [group][tap][strip][tile], over all
// pixels, block by block.
func (s *filterGradient) run(lo, hi int) {
	w := scratches.Get().(*scratch)
	for first, last := 0, 0; first < s.lines; first = last {
		last = min(first+s.block, s.lines)
		if !s.alongN {
			last = first + s.blockLines(first, s.block)
		}
		f := s.frame(w, first, last)
		perTap := s.wide * s.tiles
		for q := lo; q < hi; {
			end := min(hi, (q/perTap+1)*perTap)
			s.tap(w, &f, q/perTap, q%perTap, end-q+q%perTap, first, last)
			q = end
		}
	}
	w.release()
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
func (s *filterGradient) frame(w *scratch, first, last int) frame {
	if s.run2 == 1 || inside(s.lo, s.hi, s.X) {
		return whole(s.x, s.X, s.C)
	}
	n, end, lo, hi := s.lineBox(s.lo, s.hi, first, last)
	data := grow(&w.a, (end-n)*frameSize(lo, hi, s.C))
	return s.unit.copyFrame(data, s.x, s.X, s.C, 0, s.C, n, end, lo, hi)
}

// lineBox narrows the box [lo, hi) of x that y needs to its lines first ≤ l < last;
// they belong to the images n ≤ i < end.
func (c *Conv) lineBox(lo, hi [3]int, first, last int) (n, end int, _, _ [3]int) {
	perImage := c.Y[0] * c.Y[1]
	n, end = first/perImage, (last-1)/perImage+1
	if end-n == 1 && c.Y[0] == 1 {
		lo[1] += first % perImage * c.Stride[1]
		hi[1] -= (perImage - 1 - (last-1)%perImage) * c.Stride[1]
	}
	return n, end, lo, hi
}

// tap adds the pixels of some lines to the tiles lo ≤ q < hi of tap k, counted as
// [group][tap].
func (s *filterGradient) tap(w *scratch, f *frame, k, lo, hi, first, last int) {
	cg, mg, _, taps, _ := s.sizes()
	t, u := &w.tile, s.unit
	taps /= s.run2
	g, k := k/taps, k%taps*s.run2
	s.pixels(w, f, k, first, last)
	t.lda, t.ldc, t.add = 1, s.M, s.first()
	if first > 0 {
		t.add = 1
	}
	for q := lo; q < hi; q++ {
		i, rows := share(s.rows, s.tiles, q%s.tiles)
		j := q / s.tiles * u.cols
		cols := min(u.cols, mg-j)
		c := (k*cg+i)*s.M + g*mg + j
		second := min((rows+1)/2, rows-1)
		t.c, t.c2 = &s.dw[c], &s.dw[c+second*s.M]
		if t.k <= 0 || len(w.steps) == 0 {
			s.zero(c, rows, cols, t.add)
			continue
		}
		t.a, t.a2, t.b = &f.data[g*cg+i], &f.data[g*cg+i+second], &s.dy[g*mg+j]
		t.steps, t.count = &w.steps[0], len(w.steps)
		u.product(t, rows, cols)
	}
}

// zero clears a tile that no pixel reaches.
func (s *filterGradient) zero(c, rows, cols, add int) {
	for i := 0; i < rows && add == 0; i++ {
		clear(s.dw[c+i*s.M:][:cols])
	}
}

// pixels lists the sums of some lines for tap k: where they start in x and dy.
func (s *filterGradient) pixels(w *scratch, f *frame, k, first, last int) {
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
		w.steps = append(w.steps, tileStep{f.at(n, i), dy.at(n, o)})
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
