package kernel

import "sync"

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
