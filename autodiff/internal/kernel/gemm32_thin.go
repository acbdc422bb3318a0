package kernel

import "math"

// A product a·bᵀ with few rows is computed as the transpose of b·aᵀ: b, which is
// large, is then read where it is, and columns of a are packed.

// thin tells whether that is less work for m rows and n columns than to pack b.
func (p *StackedProduct) thin(m, n int) bool { return p.B.Trans && n*p.K > 2*m*(p.K+2*n) }

// gemmThin is gemmDirect for thin products. The sums have the same order.
func (set *instructionSet) gemmThin(s *Scratch[float32], p *StackedProduct, i, m, j, n int) {
	rows := set.rows
	if p.B.Stride%pageElements == 0 {
		rows = rows/2 + 1 // more of them would collide in the first-level cache
	}
	t, kBlocks, tiles := &s.tile, balanced(p.K, gemmK), balanced(n, rows)
	out := grow(&s.a, rows*set.cols)
	t.steps, t.count, t.ka, t.lda, t.ldc = &origin[0], 1, 1, p.B.Stride, set.cols
	t.c = &out[0]
	for end := i + m; i < end; i += set.cols {
		cols := min(set.cols, end-i)
		packed := grow(&s.b, cols*p.K)
		adds := false
		p.eachFactor(i, cols, func(f *Factor[float32], row, at, count int) {
			adds = adds || f.Add
			set.packColumns(packed[at:], cols, Matrix[float32]{f.A, p.StrideA, !p.TransA}, 0, p.K, row, count)
		})
		t.ldb = cols
		for q := range tiles {
			o, rows := share(n, tiles, q)
			first := j + o
			second := min((rows+1)/2, rows-1)
			t.c2 = &out[second*set.cols]
			if adds {
				p.eachFactor(i, cols, func(f *Factor[float32], row, at, count int) {
					set.loadColumns(out[at:], f, row*p.Stride+first, p.Stride, rows, count)
				})
			}
			for kb := range kBlocks {
				k, kc := share(p.K, kBlocks, kb)
				t.k, t.b, t.add = kc, &packed[k*cols], flag(adds || k > 0)
				t.a = &p.B.Data[first*p.B.Stride+k]
				t.a2 = at(t.a, second*t.lda)
				set.matrixTile(t, rows, cols)
			}
			p.eachFactor(i, cols, func(f *Factor[float32], row, at, count int) {
				set.transpose(&f.C[row*p.Stride+first], &out[at], p.Stride, set.cols, count, rows)
			})
		}
	}
}

// eachFactor calls yield for each factor that has some of the count rows from row i on,
// counted over all factors: its rows are row ≤ r < row + count, and the first of them is
// number at of those asked for.
func (p *StackedProduct) eachFactor(i, count int, yield func(f *Factor[float32], row, at, count int)) {
	for at := 0; at < count; {
		row := (i + at) % p.M
		rows := min(p.M-row, count-at)
		yield(&p.Factors[(i+at)/p.M], row, at, rows)
		at += rows
	}
}

// loadColumns transposes count rows of c, n elements of each from number first on, to out,
// where the product is added to them. For a factor without Add it writes −0, which changes
// no sum.
func (set *instructionSet) loadColumns(out []float32, f *Factor[float32], first, stride, n, count int) {
	if f.Add {
		for l := 0; l < count; l += 16 {
			set.transpose(&out[l], &f.C[first+l*stride], set.cols, stride, n, min(16, count-l))
		}
		return
	}
	for k := range n {
		for l := range count {
			out[k*set.cols+l] = float32(math.Copysign(0, -1))
		}
	}
}
