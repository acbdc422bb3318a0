package kernel

import "sync"

// The blocks of Gemm32: a block of a of gemmM × gemmK elements stays in the
// second-level cache, a strip of b of gemmK rows in the first.
const (
	gemmK = 384
	gemmM = 336
	gemmN = 2048
)

// Gemm32 is Gemm in float32, on the machine's best instruction set. The order of
// the sums depends on k alone.
func Gemm32(threads, m, n, k int, a, b Matrix[float32], c []float32, ldc int, accumulate bool) {
	units[0].gemm(threads, m, n, k, a, b, c, ldc, accumulate)
}

// Factor is what one of several products with a common second factor has of its
// own.
type Factor[T Float] struct {
	A, C []T
	Add  bool // to what C holds
}

// Gemm32Wide computes the products of several matrices with the same b as one,
// whose rows are those of all: b is packed, and shared out to threads, once. The
// rows of each a and c lie lda and ldc apart.
func Gemm32Wide(threads, m, n, k int, factors []Factor[float32], lda int, transA bool, b Matrix[float32], ldc int) {
	units[0].gemmWide(threads, m, n, k, factors, lda, transA, b, ldc)
}

// scratch is the working memory of one thread.
type scratch struct {
	tile  tileArgs
	a, b  []float32
	steps []tileStep
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// release gives s back, without the caller's slices.
func (s *scratch) release() {
	s.tile = tileArgs{}
	scratches.Put(s)
}

// grow returns a slice of n elements, p if it is large enough.
func grow[T any](p *[]T, n int) []T {
	if cap(*p) < n {
		*p = make([]T, n)
	}
	*p = (*p)[:cap(*p)]
	return (*p)[:n]
}

// product is one call of gemm, split into down × across blocks of c. Its rows are
// the m of each factor, one after the other.
type product struct {
	unit         *unit
	m, n, k      int
	factors      []Factor[float32]
	lda          int
	transA       bool
	b            Matrix[float32]
	ldc          int
	down, across int
	single       [1]Factor[float32] // memory for factors
	body         func(lo, hi int)   // blocks, bound once: a call allocates nothing
}

var products = sync.Pool{New: func() any {
	p := new(product)
	p.body = p.blocks
	return p
}}

func (u *unit) gemm(threads, m, n, k int, a, b Matrix[float32], c []float32, ldc int, accumulate bool) {
	p := products.Get().(*product)
	p.single[0] = Factor[float32]{A: a.Data, C: c, Add: accumulate}
	p.run(u, threads, m, n, k, p.single[:], a.Stride, a.Trans, b, ldc)
}

func (u *unit) gemmWide(threads, m, n, k int, factors []Factor[float32], lda int, transA bool, b Matrix[float32], ldc int) {
	products.Get().(*product).run(u, threads, m, n, k, factors, lda, transA, b, ldc)
}

// run computes the product and gives p back.
func (p *product) run(u *unit, threads, m, n, k int, factors []Factor[float32], lda int, transA bool, b Matrix[float32], ldc int) {
	if m > 0 && n > 0 {
		for _, f := range factors {
			_ = f.C[(m-1)*ldc+n-1]
		}
		p.unit, p.m, p.n, p.k, p.factors, p.lda, p.transA, p.b, p.ldc = u, m, n, k, factors, lda, transA, b, ldc
		p.down, p.across = u.grid(threads, m*len(factors), n, k)
		if blocks := p.down * p.across; blocks == 1 {
			p.blocks(0, 1)
		} else {
			Parallel(threads, blocks, 1, p.body)
		}
	}
	p.factors, p.b, p.single[0] = nil, Matrix[float32]{}, Factor[float32]{}
	products.Put(p)
}

// grid splits c among threads so that as little as possible of a and b is read
// twice.
func (u *unit) grid(threads, m, n, k int) (down, across int) {
	parts := min(threads, 1+m*n*k/u.work)
	down, across = 1, 1
	if parts <= 1 {
		return
	}
	best := 0
	for d := 1; d <= parts; d++ {
		e := parts / d
		rows, cols := balanced(m, d), (balanced((n+u.cols-1)/u.cols, e))*u.cols
		// The time of the largest block, and of reading its operands.
		cost := rows*cols*k + 16*k*(rows+cols)
		if best == 0 || cost < best {
			best, down, across = cost, d, e
		}
	}
	return down, across
}

// balanced is the size of the largest of parts shares of n.
func balanced(n, parts int) int { return (n + parts - 1) / parts }

// share is the range of share i of n split in parts, the larger ones first.
func share(n, parts, i int) (lo, size int) {
	size, more := n/parts, n%parts
	if i < more {
		return i * (size + 1), size + 1
	}
	return i*size + more, size
}

func (p *product) blocks(lo, hi int) {
	s := scratches.Get().(*scratch)
	for q := lo; q < hi; q++ {
		i, m := share(p.m*len(p.factors), p.down, q/p.across)
		strip, strips := share((p.n+p.unit.cols-1)/p.unit.cols, p.across, q%p.across)
		j := strip * p.unit.cols
		if n := min(strips*p.unit.cols, p.n-j); m > 0 && n > 0 {
			s.gemm(p, i, m, j, n)
		}
	}
	s.release()
}

// columns returns the matrix from column j on.
func (m Matrix[T]) columns(j int) Matrix[T] {
	m.Trans = !m.Trans
	m = m.rows(j)
	m.Trans = !m.Trans
	return m
}

// gemm computes the block of m rows from row i and n columns from column j on.
// Strips of b are packed if enough rows share them, pieces of a if enough columns
// do and they do not lie well.
func (s *scratch) gemm(p *product, i, m, j, n int) {
	u, t, b := p.unit, &s.tile, p.b.columns(j)
	if p.k == 0 {
		p.clear(i, m, j, n)
		return
	}
	packB := b.Trans || b.Stride%1024 == 0 && m > 2*u.rows
	packA := n > 2*u.cols && p.lda%1024 == 0
	t.steps, t.count, t.ldc = &origin[0], 1, p.ldc
	kBlocks := balanced(p.k, gemmK)
	blockN := n
	switch {
	case packB && min(m, p.m) <= gemmM && !packA:
		blockN = u.cols // used while it is in the cache
	case packB:
		blockN = min(n, gemmN)
	}
	for jj := 0; jj < n; jj += blockN {
		nb := min(blockN, n-jj)
		for kb := range kBlocks {
			k, kc := share(p.k, kBlocks, kb)
			t.k = kc
			if packB {
				strips := grow(&s.b, balanced(nb, u.cols)*u.cols*kc)
				for c := 0; c < nb; c += u.cols {
					u.packColumns(strips[c*kc:], u.cols, b, k, kc, jj+c, min(u.cols, nb-c))
				}
				t.b, t.ldb = &strips[0], u.cols
			} else {
				t.b, t.ldb = &b.Data[k*b.Stride+jj], b.Stride
			}
			for row := i; row < i+m; {
				f := &p.factors[row/p.m]
				first := row % p.m
				rows := min(p.m-first, i+m-row)
				mBlocks := balanced(rows, gemmM)
				for mb := range mBlocks {
					o, mc := share(rows, mBlocks, mb)
					s.rows(p, f, first+o, mc, j+jj, nb, k, packA, packB)
				}
				row += rows
			}
		}
	}
}

// rows adds what depth t.k from k on gives to m rows from row i and n columns
// from column j on; t.b is b there, packed or not.
func (s *scratch) rows(p *product, f *Factor[float32], i, m, j, n, k int, packA, packB bool) {
	u, t, b := p.unit, &s.tile, s.tile.b
	t.add = 0
	if f.Add || k > 0 {
		t.add = 1
	}
	tiles := balanced(m, u.rows)
	if packA {
		packed, a := grow(&s.a, m*t.k), Matrix[float32]{f.A, p.lda, p.transA}
		for q := range tiles {
			o, rows := share(m, tiles, q)
			u.packRows(packed[o*t.k:], a, i+o, rows, k, t.k)
		}
	}
	for jj := 0; jj < n; jj += u.cols {
		t.b = at(b, jj)
		if packB {
			t.b = at(b, jj*t.k)
		}
		cols := min(u.cols, n-jj)
		for q := range tiles {
			o, rows := share(m, tiles, q)
			upper := (rows + 1) / 2
			first := (i+o)*p.ldc + j + jj
			t.c = &f.C[first]
			if rows > 1 {
				t.c2 = &f.C[first+upper*p.ldc]
			}
			switch {
			case packA:
				t.a, t.lda, t.ka = &s.a[o*t.k], 1, rows
			case p.transA:
				t.a, t.lda, t.ka = &f.A[k*p.lda+i+o], 1, p.lda
			default:
				t.a, t.lda, t.ka = &f.A[(i+o)*p.lda+k], p.lda, 1
			}
			t.a2 = at(t.a, (min(upper, rows-1))*t.lda)
			u.product(t, rows, cols)
		}
	}
	t.b = b
}

// clear is the product of depth zero.
func (p *product) clear(i, m, j, n int) {
	for row := i; row < i+m; row++ {
		if f := &p.factors[row/p.m]; !f.Add {
			clear(f.C[row%p.m*p.ldc+j:][:n])
		}
	}
}
