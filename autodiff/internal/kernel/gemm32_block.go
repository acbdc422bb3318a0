package kernel

// gemmBlock computes block q of the down × across that the product is split into.
func (set *instructionSet) gemmBlock(s *Scratch[float32], p *StackedProduct, down, across, q int) {
	i, m := share(p.M*len(p.Factors), down, q/across)
	strip, strips := share(balanced(p.N, set.cols), across, q%across)
	j := strip * set.cols
	n := min(strips*set.cols, p.N-j)
	switch {
	case m <= 0 || n <= 0:
	case p.K == 0:
		p.clear(i, m, j, n)
	case p.thin(m, n):
		set.gemmThin(s, p, i, m, j, n)
	default:
		set.gemmDirect(s, p, i, m, j, n)
	}
}

// rowBlock is some rows of a factor, which stay in the second-level cache while the
// columns are visited.
type rowBlock struct {
	factor       *Factor[float32]
	first, count int
}

// rowBlocks divides the m rows from row i on, counted over all factors.
func (p *StackedProduct) rowBlocks(list []rowBlock, i, m int) []rowBlock {
	for row := i; row < i+m; {
		first := row % p.M
		rows := min(p.M-first, i+m-row)
		blocks := balanced(rows, gemmM)
		for b := range blocks {
			o, count := share(rows, blocks, b)
			list = append(list, rowBlock{&p.Factors[row/p.M], first + o, count})
		}
		row += rows
	}
	return list
}

// gemmDirect computes the m rows from row i and n columns from column j on. Strips of
// b are packed if they are transposed or, where enough rows share them, if its rows collide
// in the cache; rows of a if enough columns share them and they collide.
func (set *instructionSet) gemmDirect(s *Scratch[float32], p *StackedProduct, i, m, j, n int) {
	t, b := &s.tile, p.B.fromColumn(j)
	packB := b.Trans || b.Stride%pageElements == 0 && m > 2*set.rows
	packA := n > 2*set.cols && p.StrideA%pageElements == 0
	t.steps, t.count, t.ldc = &origin[0], 1, p.Stride
	s.rowBlocks = p.rowBlocks(s.rowBlocks[:0], i, m)
	kBlocks := balanced(p.K, gemmK)
	blockN := n
	switch {
	case packB && min(m, p.M) <= gemmM && !packA:
		blockN = set.cols // used while it is in the cache
	case packB:
		blockN = min(n, gemmN)
	}
	for jj := 0; jj < n; jj += blockN {
		nb := min(blockN, n-jj)
		for kb := range kBlocks {
			k, kc := share(p.K, kBlocks, kb)
			t.k = kc
			if packB {
				strips := grow(&s.b, balanced(nb, set.cols)*set.cols*kc)
				for c := 0; c < nb; c += set.cols {
					set.packColumns(strips[c*kc:], set.cols, b, k, kc, jj+c, min(set.cols, nb-c))
				}
				t.b, t.ldb = &strips[0], set.cols
			} else {
				t.b, t.ldb = &b.Data[k*b.Stride+jj], b.Stride
			}
			for q, r := range s.rowBlocks {
				switch {
				case packA:
				case q+1 < len(s.rowBlocks):
					s.coming[0] = p.comingRows(s.rowBlocks[q+1], k, kc)
				case kb+1 < kBlocks:
					k, kc := share(p.K, kBlocks, kb+1)
					s.coming = [2]coming{p.comingRows(s.rowBlocks[0], k, kc), comes(b, k, kc, jj, nb)}
				}
				set.gemmFactor(s, p, r, j+jj, nb, k, packA, packB)
			}
		}
	}
}

// gemmFactor computes what depth t.k from k on gives to the rows r and the n columns
// from column j on; t.b is b there, packed or not.
func (set *instructionSet) gemmFactor(s *Scratch[float32], p *StackedProduct, r rowBlock, j, n, k int, packA, packB bool) {
	t, b, f, i, m := &s.tile, s.tile.b, r.factor, r.first, r.count
	t.add = flag(f.Add || k > 0)
	tiles := balanced(m, set.rows)
	for c := range s.coming {
		s.coming[c].divide(tiles * balanced(n, set.cols))
	}
	if packA {
		packed, a := grow(&s.a, m*t.k), Matrix[float32]{f.A, p.StrideA, p.TransA}
		for q := range tiles {
			o, rows := share(m, tiles, q)
			set.packRows(packed[o*t.k:], a, i+o, rows, k, t.k)
		}
	}
	for jj := 0; jj < n; jj += set.cols {
		t.b = at(b, jj)
		if packB {
			t.b = at(b, jj*t.k)
		}
		cols := min(set.cols, n-jj)
		for q := range tiles {
			o, rows := share(m, tiles, q)
			upper := (rows + 1) / 2
			first := (i+o)*p.Stride + j + jj
			t.c = &f.C[first]
			if rows > 1 {
				t.c2 = &f.C[first+upper*p.Stride]
			}
			switch {
			case packA:
				t.a, t.lda, t.ka = &s.a[o*t.k], 1, rows
			case p.TransA:
				t.a, t.lda, t.ka = &f.A[k*p.StrideA+i+o], 1, p.StrideA
			default:
				t.a, t.lda, t.ka = &f.A[(i+o)*p.StrideA+k], p.StrideA, 1
			}
			t.a2 = at(t.a, (min(upper, rows-1))*t.lda)
			s.coming[0].prefetch()
			s.coming[1].prefetch()
			set.matrixTile(t, rows, cols)
		}
	}
	t.b = b
}

// clear is the product of depth zero.
func (p *StackedProduct) clear(i, m, j, n int) {
	for row := i; row < i+m; row++ {
		if f := &p.Factors[row/p.M]; !f.Add {
			clear(f.C[row%p.M*p.Stride+j:][:n])
		}
	}
}

// flag is 1 for true.
func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
