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
	tile   tileArgs
	factor *Factor[float32] // what is computed
	a, b   []float32
	steps  []tileStep
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// release gives s back, without the caller's slices.
func (s *scratch) release() {
	s.tile, s.factor = tileArgs{}, nil
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
	t.add = flag(f.Add || k > 0)
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
