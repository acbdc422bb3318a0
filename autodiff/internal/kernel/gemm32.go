package kernel

// Gemm32 is Gemm in float32, on the machine's best instruction set. The order of
// the sums depends on k alone.
func Gemm32(ws *Workspace[float32], p Products[float32]) func() {
	return instructionSets[0].gemm(ws, p)
}

func (set *instructionSet) gemm(ws *Workspace[float32], p Products[float32]) func() {
	if p.empty() {
		return none
	}
	stacked := StackedProduct{M: p.M, N: p.N, K: p.K, StrideA: p.A.Stride, TransA: p.A.Trans, B: p.B, Stride: p.Stride}
	if p.Count == 1 {
		stacked.Factors = []Factor[float32]{{p.A.Data, p.C, p.Add}}
		return set.gemmStacked(ws, stacked)
	}
	_ = p.C[p.Count*p.M*p.N-1] // assembly does not look
	down, across := 1, 1
	if p.Count < ws.threads {
		down, across = set.grid(ws.threads, p.M, p.N, p.K)
	}
	return ws.jobs(p.Count, p.worth(), 0, stage[float32]{down * across, 1, func(s *Scratch[float32], _ []float32, job, lo, hi int) {
		one := p.product(job)
		s.single[0] = Factor[float32]{one.A.Data, one.C, p.Add}
		product := stacked
		product.Factors, product.B.Data = s.single[:], one.B.Data
		for q := lo; q < hi; q++ {
			if job+1 < p.Count {
				next := p.product(job + 1)
				s.coming = [2]coming{comes(next.A, 0, p.M, 0, p.K), comes(next.B, 0, p.K, 0, p.N)}
			}
			set.gemmBlock(s, &product, down, across, q)
			s.coming = [2]coming{} // a thin product has not used it
		}
	}})
}

// Factor is the first factor and the result of one of several products with a common
// second factor.
type Factor[T Float] struct {
	A, C []T
	Add  bool // add to what C holds
}

// StackedProduct is the product of several M×K matrices, one below the other, with one
// K×N matrix. So b is packed only once. The matrices of the factors have the same
// strides.
type StackedProduct struct {
	M, N, K int
	Factors []Factor[float32]
	StrideA int
	TransA  bool
	B       Matrix[float32]
	Stride  int // of each c
}

// Gemm32Stacked computes stacked products, each element as Gemm32 does.
func Gemm32Stacked(ws *Workspace[float32], p StackedProduct) func() {
	return instructionSets[0].gemmStacked(ws, p)
}

func (set *instructionSet) gemmStacked(ws *Workspace[float32], p StackedProduct) func() {
	if p.M == 0 || p.N == 0 {
		return none
	}
	for _, f := range p.Factors {
		_ = f.C[(p.M-1)*p.Stride+p.N-1] // assembly does not look
	}
	down, across := set.grid(ws.threads, p.M*len(p.Factors), p.N, p.K)
	return ws.Split(down*across, 1, func(s *Scratch[float32], lo, hi int) {
		for q := lo; q < hi; q++ {
			set.gemmBlock(s, &p, down, across, q)
		}
	})
}

// grid returns into how many blocks of rows and of columns threads split c, so that
// as little as possible of a and b is read twice.
func (set *instructionSet) grid(threads, m, n, k int) (down, across int) {
	parts := min(threads, 1+m*n*k/set.threadWork)
	down, across = 1, 1
	if parts <= 1 {
		return
	}
	best := 0
	for d := 1; d <= parts; d++ {
		e := parts / d
		rows, cols := balanced(m, d), (balanced((n+set.cols-1)/set.cols, e))*set.cols
		// The time of the largest block, and of reading its operands.
		cost := rows*cols*k + readCost*k*(rows+cols)
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

// fromColumn returns the matrix from column j on.
func (m Matrix[T]) fromColumn(j int) Matrix[T] {
	m.Trans = !m.Trans
	m = m.fromRow(j)
	m.Trans = !m.Trans
	return m
}
