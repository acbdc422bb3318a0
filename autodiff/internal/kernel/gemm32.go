package kernel

// The blocks of Gemm32: a block of a of gemmM × gemmK elements stays in the
// second-level cache, a strip of b of gemmK rows in the first.
const (
	gemmK = 384
	gemmM = 336
	gemmN = 2048
)

// Gemm32 is Gemm in float32, on the machine's best instruction set. The order of
// the sums depends on k alone.
func Gemm32(ws *Workspace[float32], p Products[float32]) func() { return units[0].gemm(ws, p) }

func (u *unit) gemm(ws *Workspace[float32], p Products[float32]) func() {
	if p.empty() {
		return none
	}
	_ = p.C[(p.Count-1)*p.M*p.N+(p.M-1)*p.Stride+p.N-1] // assembly does not look
	down, across := 1, 1
	if p.Count < ws.threads {
		down, across = u.grid(ws.threads, p.M, p.N, p.K)
	}
	return ws.jobs(p.Count, p.worth(), 0, stage[float32]{down * across, 1, func(s *Scratch[float32], _ []float32, job, lo, hi int) {
		one := p.at(job)
		for q := lo; q < hi; q++ {
			u.gemmBlock(s, &one, down, across, q)
		}
	}})
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

// gemmBlock computes block q of the down × across that c is split into.
func (u *unit) gemmBlock(s *Scratch[float32], p *Products[float32], down, across, q int) {
	i, m := share(p.M, down, q/across)
	strip, strips := share(balanced(p.N, u.cols), across, q%across)
	j := strip * u.cols
	n := min(strips*u.cols, p.N-j)
	if m > 0 && n > 0 {
		u.gemmPart(s, m, n, p.K, p.A.rows(i), p.B.columns(j), p.C[i*p.Stride+j:], p.Stride, p.Add)
	}
}

// columns returns the matrix from column j on.
func (m Matrix[T]) columns(j int) Matrix[T] {
	m.Trans = !m.Trans
	m = m.rows(j)
	m.Trans = !m.Trans
	return m
}

// gemmPart computes one product. Strips of b are packed if enough rows share
// them, pieces of a if enough columns do and they do not lie well.
func (u *unit) gemmPart(s *Scratch[float32], m, n, k int, a, b Matrix[float32], c []float32, ldc int, accumulate bool) {
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
