package kernel

// Matrix is a row-major matrix that may be read transposed: element (i, j) is
// Data[i·Stride+j], or Data[j·Stride+i] if Trans.
type Matrix[T Float] struct {
	Data   []T
	Stride int
	Trans  bool
}

// fromRow returns the matrix from row i on, as seen through Trans.
func (m Matrix[T]) fromRow(i int) Matrix[T] {
	if m.Trans {
		m.Data = m.Data[i:]
	} else {
		m.Data = m.Data[i*m.Stride:]
	}
	return m
}

func (m Matrix[T]) element(i, j int) T {
	if m.Trans {
		i, j = j, i
	}
	return m.Data[i*m.Stride+j]
}

// Products are matrix products of one size, whose matrices follow each other in
// memory: c = a·b, or c += a·b with Add, for m×k matrices a, k×n matrices b and
// row-major matrices c with a stride:
//
//	for i, j, p { c[i·Stride+j] += a[i,p] · b[p,j] }
//
// If there are several, no matrix has gaps.
type Products[T Float] struct {
	Count, M, N, K int
	A, B           Matrix[T]
	C              []T
	Stride         int
	Add            bool
}

// Product is a single one.
func Product[T Float](m, n, k int, a, b Matrix[T], c []T, stride int, add bool) Products[T] {
	return Products[T]{1, m, n, k, a, b, c, stride, add}
}

// empty tells whether nothing is computed.
func (p *Products[T]) empty() bool { return p.Count == 0 || p.M == 0 || p.N == 0 }

// product returns product i alone.
func (p *Products[T]) product(i int) Products[T] {
	one := *p
	one.Count = 1
	one.A.Data = p.A.Data[i*p.M*p.K:]
	one.B.Data = p.B.Data[i*p.K*p.N:]
	one.C = p.C[i*p.M*p.N:]
	return one
}

// Gemm computes products. Each element of c is summed by one thread in a fixed
// order.
func Gemm[T Float](ws *Workspace[T], p Products[T]) func() {
	if p.empty() {
		return none
	}
	return ws.jobs(p.Count, p.worth(), 0, rowsStage(p.M, p.N, p.K, func(i int, _ []T) Products[T] { return p.product(i) }))
}

// worth is how many products are worth another thread.
func (p *Products[T]) worth() int { return 1 + productGrain/max(p.M*p.N*p.K, 1) }

// rowsStage is a product for each job, of which the rows of c are shared out.
func rowsStage[T Float](m, n, k int, product func(job int, columns []T) Products[T]) stage[T] {
	grain := balanced(1+rowsGrain/max(n*k, 1), tileRows) * tileRows
	return stage[T]{m, grain, func(s *Scratch[T], columns []T, job, lo, hi int) {
		p := product(job, columns)
		s.gemm(&p, lo, hi)
	}}
}

// gemm computes rows lo ≤ i < hi of c. The order of the sums depends on the sizes of
// the whole product alone.
func (s *Scratch[T]) gemm(p *Products[T], lo, hi int) {
	m, n, k, a, b, c, ldc := hi-lo, p.N, p.K, p.A.fromRow(lo), p.B, p.C[lo*p.Stride:], p.Stride
	if !p.Add {
		for i := range m {
			clear(c[i*ldc : i*ldc+n])
		}
	}
	if p.M < tileRows && !b.Trans {
		gemmRows(m, n, k, a, b, c, ldc)
		return
	}
	packA := grow(&s.a, balanced(m, tileRows)*tileRows*min(k, panelK))
	packB := grow(&s.b, balanced(min(n, panelN), tileCols)*tileCols*min(k, panelK))
	for p := 0; p < k; p += panelK {
		kc := min(panelK, k-p)
		pack(packA, a, m, p, kc, 0, tileRows, false)
		for j := 0; j < n; j += panelN {
			nc := min(panelN, n-j)
			pack(packB, b, nc, p, kc, j, tileCols, true)
			for i := 0; i < m; i += tileRows {
				ap := packA[i*kc : (i+tileRows)*kc]
				for jj := 0; jj < nc; jj += tileCols {
					bp := packB[jj*kc : (jj+tileCols)*kc]
					tile(ap, bp, c[i*ldc+j+jj:], ldc, min(tileRows, m-i), min(tileCols, nc-jj))
				}
			}
		}
	}
}

// gemmRows handles a few rows without packing: b is read once, in order.
func gemmRows[T Float](m, n, k int, a, b Matrix[T], c []T, ldc int) {
	for p := range k {
		row := b.Data[p*b.Stride : p*b.Stride+n]
		for i := range m {
			v := a.element(i, p)
			out := c[i*ldc : i*ldc+n]
			for j, w := range row {
				out[j] += v * w
			}
		}
	}
}

// pack copies kc steps of the inner axis from step p on, for count lines from
// line first on, into strips of width lines: dst[(line/width)·width·kc +
// step·width + line%width]. Lines are the rows of m, or its columns. Missing
// lines of the last strip are zero.
func pack[T Float](dst []T, m Matrix[T], count, p, kc, first, width int, columns bool) {
	along, across := 1, m.Stride // a step of the inner axis, a step to the next line
	if m.Trans != columns {
		along, across = m.Stride, 1
	}
	for s := 0; s < count; s += width {
		strip := dst[s*kc : (s+width)*kc]
		for l := range width {
			if s+l >= count {
				for q := l; q < len(strip); q += width {
					strip[q] = 0
				}
				continue
			}
			at := (first+s+l)*across + p*along
			for q := l; q < len(strip); q += width {
				strip[q] = m.Data[at]
				at += along
			}
		}
	}
}

// tile adds the product of a packed 4-row strip and a packed 4-column strip to
// the first rows×cols elements of c.
func tile[T Float](a, b []T, c []T, ldc, rows, cols int) {
	var c0, c1 [tileCols]T
	var c2, c3 [tileCols]T
	tileHalf(a, b, &c0, &c1, 0)
	tileHalf(a, b, &c2, &c3, 2)
	for i, sums := range [...]*[tileCols]T{&c0, &c1, &c2, &c3} {
		if i == rows {
			return
		}
		out := c[i*ldc : i*ldc+cols]
		for j := range out {
			out[j] += sums[j]
		}
	}
}

// tileHalf computes two rows: eight sums fit in the registers, sixteen do not.
func tileHalf[T Float](a, b []T, top, bottom *[tileCols]T, row int) {
	var s00, s01, s02, s03, s10, s11, s12, s13 T
	for len(a) >= tileRows && len(b) >= tileCols {
		x, y := a[row], a[row+1]
		b0, b1, b2, b3 := b[0], b[1], b[2], b[3]
		s00 += x * b0
		s01 += x * b1
		s02 += x * b2
		s03 += x * b3
		s10 += y * b0
		s11 += y * b1
		s12 += y * b2
		s13 += y * b3
		a, b = a[tileRows:], b[tileCols:]
	}
	*top = [tileCols]T{s00, s01, s02, s03}
	*bottom = [tileCols]T{s10, s11, s12, s13}
}
