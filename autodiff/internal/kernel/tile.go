package kernel

import "unsafe"

// tileArgs is one call of a micro-kernel: rows × cols elements of c are overwritten
// with, or increased by, a sum over count steps of products of depth k:
//
//	c[i,j] (=|+=) Σ_s Σ_p a[s][i,p] · b[s][p,j]
//
// Element (p, j) of b is at b + steps[s].b + p·ldb + j, element (i, p) of a at
// a + steps[s].a + i·lda + p·ka, element (i, j) of c at c + i·ldc + j. The rows
// are in two groups: those from ⌈rows/2⌉ on are at a2 and c2 instead, so that
// a tile can cover pieces of two lines of an image. With a single row, a2 and c2
// are not used.
//
// A channel tile multiplies by channel instead: element (i, p) of a is a row,
//
//	c[i,j] (=|+=) Σ_s Σ_p a[s][i,p,j] · b[s][p,j]
//
// The assembly knows the fields by their offsets, eight bytes each. Strides are in
// elements. Products are rounded once, after the addition, except in plain Go.
type tileArgs struct {
	a, a2 *float32
	b     *float32
	c, c2 *float32
	steps *tileStep
	lanes *int32 // cols times -1, then zeros
	count int
	k     int
	lda   int
	ka    int
	ldb   int
	ldc   int
	cols  int
	add   int // 1 to add to c, else 0
	rows  int
}

// tileStep is where a product starts within a and b.
type tileStep struct{ a, b int }

// origin is the only step of a plain product.
var origin = [1]tileStep{}

// lanes holds the masks of the columns in memory: 32-cols on.
var lanes = func() (m [64]int32) {
	for i := range 32 {
		m[i] = -1
	}
	return m
}()

// matrixTile runs the micro-kernel for the given numbers of rows and columns.
func (set *instructionSet) matrixTile(t *tileArgs, rows, cols int) {
	if cols <= set.cols/2 {
		t.run(set.half[rows], rows, cols)
	} else {
		t.run(set.full[rows], rows, cols)
	}
}

// channelTile runs the micro-kernel of channels.
func (set *instructionSet) channelTile(t *tileArgs, rows, cols int) {
	if cols <= set.cols/2 {
		t.run(set.halfChannels[rows], rows, cols)
	} else {
		t.run(set.fullChannels[rows], rows, cols)
	}
}

func (t *tileArgs) run(kernel func(*tileArgs), rows, cols int) {
	t.rows, t.cols, t.lanes = rows, cols, &lanes[32-cols]
	if t.count*t.k <= callDepth {
		kernel(t)
		return
	}
	whole, steps := *t, unsafe.Slice(t.steps, t.count)
	for len(steps) > 0 {
		t.count = max(1, min(len(steps), callDepth/whole.k))
		t.steps = &steps[0]
		for p := 0; p < whole.k; p += callDepth {
			t.a, t.a2, t.b = at(whole.a, p*t.ka), at(whole.a2, p*t.ka), at(whole.b, p*t.ldb)
			t.k = min(callDepth, whole.k-p)
			kernel(t)
			t.add = 1
		}
		steps = steps[t.count:]
	}
	*t = whole
}

// at returns the element n after p.
func at(p *float32, n int) *float32 {
	return (*float32)(unsafe.Add(unsafe.Pointer(p), n*4))
}

// row returns where row i of a and of c starts.
func (t *tileArgs) row(i int) (a, c *float32) {
	if upper := (t.rows + 1) / 2; i >= upper {
		i -= upper
		return at(t.a2, i*t.lda), at(t.c2, i*t.ldc)
	}
	return at(t.a, i*t.lda), at(t.c, i*t.ldc)
}

// write stores sums in c, or adds them.
func (t *tileArgs) write(c *float32, sums []float32) {
	out := unsafe.Slice(c, len(sums))
	if t.add == 0 {
		copy(out, sums)
		return
	}
	for j, s := range sums {
		out[j] += s
	}
}

// tilePlain takes two rows by four columns at a time: eight sums fit in the
// registers.
func tilePlain(t *tileArgs) {
	steps := unsafe.Slice(t.steps, t.count)
	for i := 0; i < t.rows; i += 2 {
		a0, c0 := t.row(i)
		a1, c1 := t.row(min(i+1, t.rows-1))
		for j := 0; j < t.cols; j += 4 {
			cols := min(4, t.cols-j)
			var x, y [4]float32
			for _, s := range steps {
				p0, p1, q := at(a0, s.a), at(a1, s.a), at(t.b, s.b+j)
				if cols == 4 {
					x, y = four(t.k, t.ka, t.ldb, p0, p1, q, x, y)
					continue
				}
				for p := range t.k {
					for l := range cols {
						b := *at(q, p*t.ldb+l)
						x[l] += *at(p0, p*t.ka) * b
						y[l] += *at(p1, p*t.ka) * b
					}
				}
			}
			t.write(at(c0, j), x[:cols])
			if i+1 < t.rows {
				t.write(at(c1, j), y[:cols])
			}
		}
	}
}

func four(k, ka, ldb int, a0, a1, b *float32, x, y [4]float32) ([4]float32, [4]float32) {
	x0, x1, x2, x3 := x[0], x[1], x[2], x[3]
	y0, y1, y2, y3 := y[0], y[1], y[2], y[3]
	for p := range k {
		u, v := *at(a0, p*ka), *at(a1, p*ka)
		w := (*[4]float32)(unsafe.Pointer(at(b, p*ldb)))
		x0 += u * w[0]
		x1 += u * w[1]
		x2 += u * w[2]
		x3 += u * w[3]
		y0 += v * w[0]
		y1 += v * w[1]
		y2 += v * w[2]
		y3 += v * w[3]
	}
	return [4]float32{x0, x1, x2, x3}, [4]float32{y0, y1, y2, y3}
}

func channelsPlain(t *tileArgs) {
	steps := unsafe.Slice(t.steps, t.count)
	for i := range t.rows {
		a, c := t.row(i)
		var sums [4]float32
		for _, s := range steps {
			for p := range t.k {
				for j := range t.cols {
					sums[j] += *at(a, s.a+p*t.ka+j) * *at(t.b, s.b+p*t.ldb+j)
				}
			}
		}
		t.write(c, sums[:t.cols])
	}
}
