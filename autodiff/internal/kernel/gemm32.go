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

// product is one call of gemm, split into down × across blocks of c.
type product struct {
	unit         *unit
	m, n, k      int
	a, b         Matrix[float32]
	c            []float32
	ldc          int
	accumulate   bool
	down, across int
	body         func(lo, hi int) // blocks, bound once: a call allocates nothing
}

var products = sync.Pool{New: func() any {
	p := new(product)
	p.body = p.blocks
	return p
}}

func (u *unit) gemm(threads, m, n, k int, a, b Matrix[float32], c []float32, ldc int, accumulate bool) {
	if m == 0 || n == 0 {
		return
	}
	_ = c[(m-1)*ldc+n-1]
	down, across := u.grid(threads, m, n, k)
	if down*across == 1 {
		s := scratches.Get().(*scratch)
		s.gemm(u, m, n, k, a, b, c, ldc, accumulate)
		s.release()
		return
	}
	p := products.Get().(*product)
	body := p.body
	*p = product{u, m, n, k, a, b, c, ldc, accumulate, down, across, body}
	Parallel(threads, down*across, 1, body)
	*p = product{body: body}
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
		i, m := share(p.m, p.down, q/p.across)
		strip, strips := share((p.n+p.unit.cols-1)/p.unit.cols, p.across, q%p.across)
		j := strip * p.unit.cols
		n := min(strips*p.unit.cols, p.n-j)
		if m <= 0 || n <= 0 {
			continue
		}
		s.gemm(p.unit, m, n, p.k, p.a.rows(i), p.b.columns(j), p.c[i*p.ldc+j:], p.ldc, p.accumulate)
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

// gemm computes one block of c. Strips of b are packed if enough rows share
// them, pieces of a if enough columns do and they do not lie well.
func (s *scratch) gemm(u *unit, m, n, k int, a, b Matrix[float32], c []float32, ldc int, accumulate bool) {
	t := &s.tile
	if k == 0 {
		for i := 0; i < m && !accumulate; i++ {
			clear(c[i*ldc : i*ldc+n])
		}
		return
	}
	packB := b.Trans || b.Stride%1024 == 0 && m > 2*u.rows
	packA := n > 2*u.cols && a.Stride%1024 == 0
	t.steps, t.count, t.ldc = &origin[0], 1, ldc
	kBlocks, mBlocks := balanced(k, gemmK), balanced(m, gemmM)
	blockN := n
	switch {
	case packB && mBlocks == 1 && !packA:
		blockN = u.cols // used while it is in the cache
	case packB:
		blockN = min(n, gemmN)
	}
	for j := 0; j < n; j += blockN {
		nb := min(blockN, n-j)
		for kb := range kBlocks {
			p, kc := share(k, kBlocks, kb)
			t.k, t.add = kc, 0
			if accumulate || kb > 0 {
				t.add = 1
			}
			strips := b.Data[:0]
			if packB {
				strips = grow(&s.b, balanced(nb, u.cols)*u.cols*kc)
				for jj := 0; jj < nb; jj += u.cols {
					u.packColumns(strips[jj*kc:], u.cols, b, p, kc, j+jj, min(u.cols, nb-jj))
				}
			}
			for mb := range mBlocks {
				i, mc := share(m, mBlocks, mb)
				tiles := balanced(mc, u.rows)
				if packA {
					packed := grow(&s.a, mc*kc)
					for q := range tiles {
						o, rows := share(mc, tiles, q)
						u.packRows(packed[o*kc:], a, i+o, rows, p, kc)
					}
				}
				for jj := 0; jj < nb; jj += u.cols {
					if packB {
						t.b, t.ldb = &strips[jj*kc], u.cols
					} else {
						t.b, t.ldb = &b.Data[p*b.Stride+j+jj], b.Stride
					}
					cols := min(u.cols, nb-jj)
					for q := range tiles {
						o, rows := share(mc, tiles, q)
						upper := (rows + 1) / 2
						first := (i+o)*ldc + j + jj
						t.c = &c[first]
						if rows > 1 {
							t.c2 = &c[first+upper*ldc]
						}
						switch {
						case packA:
							t.a, t.lda, t.ka = &s.a[o*kc], 1, rows
						case a.Trans:
							t.a, t.lda, t.ka = &a.Data[p*a.Stride+i+o], 1, a.Stride
						default:
							t.a, t.lda, t.ka = &a.Data[(i+o)*a.Stride+p], a.Stride, 1
						}
						t.a2 = at(t.a, (min(upper, rows-1))*t.lda)
						u.product(t, rows, cols)
					}
				}
			}
		}
	}
}
