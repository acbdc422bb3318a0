package kernel

// Conv holds the sizes of one convolution, with the spatial axes padded in
// front to three: x [N C X…], w [M C/Groups K…], y [N M Y…].
type Conv struct {
	N, C, M, Groups      int
	X, K, Y              [3]int
	Stride, Pad, Dilated [3]int
	Add                  bool // add to what the destination holds, instead of overwriting it
}

func (c *Conv) sizes() (cg, mg, plane, taps, out int) {
	volume := func(d [3]int) int { return d[0] * d[1] * d[2] }
	return c.C / c.Groups, c.M / c.Groups, volume(c.X), volume(c.K), volume(c.Y)
}

// ConvForward computes y[n,m,o] = Σ x[n,c,o·stride−pad+k·dilation]·w[m,c,k]. Each
// group of an image is unrolled into columns and multiplied by the filters.
func ConvForward[T Float](ws *Workspace[T], c *Conv, y, x, w []T) func() {
	cg, mg, plane, taps, out := c.sizes()
	unrolled := stage[T]{cg * taps, 1 + moveGrain/max(out, 1), func(_ *Scratch[T], columns []T, job, lo, hi int) {
		unroll(c, columns, x[job*cg*plane:], lo, hi)
	}}
	product := rowsStage(mg, out, cg*taps, func(job int, columns []T) Products[T] {
		return Product(mg, out, cg*taps,
			Matrix[T]{w[job%c.Groups*mg*cg*taps:], cg * taps, false},
			Matrix[T]{columns, out, false},
			y[job*mg*out:], out, c.Add)
	})
	return ws.jobs(c.N*c.Groups, 1, cg*taps*out, unrolled, product)
}

// ConvInput computes the adjoint by x: the columns wᵀ·dy are added back to
// where the image was read.
func ConvInput[T Float](ws *Workspace[T], c *Conv, dx, dy, w []T) func() {
	cg, mg, plane, taps, out := c.sizes()
	product := rowsStage(cg*taps, out, mg, func(job int, columns []T) Products[T] {
		return Product(cg*taps, out, mg,
			Matrix[T]{w[job%c.Groups*mg*cg*taps:], cg * taps, true},
			Matrix[T]{dy[job*mg*out:], out, false},
			columns, out, false)
	})
	folded := stage[T]{cg, 1 + moveGrain/max(taps*out, 1), func(_ *Scratch[T], columns []T, job, lo, hi int) {
		fold(c, dx[job*cg*plane:], columns, lo, hi)
	}}
	return ws.jobs(c.N*c.Groups, 1, cg*taps*out, product, folded)
}

// ConvFilter computes the adjoint by w: dw[m,c,k] = Σ dy[n,m,o]·x[…]. Threads
// split the channels of x, so each element of dw is summed over the images in
// order by one of them.
func ConvFilter[T Float](ws *Workspace[T], c *Conv, dw, x, dy []T) func() {
	cg, mg, plane, taps, out := c.sizes()
	return ws.Split(c.C, 1, func(s *Scratch[T], lo, hi int) {
		columns := grow(&s.columns, min(cg, hi-lo)*taps*out)
		for lo < hi {
			g, first := lo/cg, lo%cg
			count := min(cg-first, hi-lo)
			for n := range c.N {
				unroll(c, columns, x[(n*c.C+lo)*plane:], 0, count*taps)
				p := Product(mg, count*taps, out,
					Matrix[T]{dy[(n*c.M+g*mg)*out:], out, false},
					Matrix[T]{columns, out, true},
					dw[(g*mg*cg+first)*taps:], cg*taps, n > 0 || c.Add)
				s.gemm(&p, 0, mg)
			}
			lo += count
		}
	})
}

// unroll writes columns lo ≤ r < hi of an image, numbered by channel and tap:
// columns[r,o] = x[c, o·stride−pad+k·dilation], 0 outside.
func unroll[T Float](c *Conv, columns, x []T, lo, hi int) {
	_, _, plane, taps, out := c.sizes()
	for r := lo; r < hi; r++ {
		src, dst := x[r/taps*plane:][:plane], columns[r*out:][:out]
		c.eachLine(r%taps, func(to, from, first, last int, inside bool) {
			line := dst[to : to+c.Y[2]]
			if !inside {
				clear(line)
				return
			}
			clear(line[:first])
			clear(line[last:])
			Gather(line[first:], src, from+first*c.Stride[2], c.Stride[2], last-first)
		})
	}
}

// fold adds columns back into channels lo ≤ i < hi of an image, the adjoint of
// unroll.
func fold[T Float](c *Conv, dx, columns []T, lo, hi int) {
	_, _, plane, taps, out := c.sizes()
	for i := lo; i < hi; i++ {
		dst := dx[i*plane:][:plane]
		if !c.Add {
			clear(dst)
		}
		for k := range taps {
			src := columns[(i*taps+k)*out:][:out]
			c.eachLine(k, func(to, from, first, last int, inside bool) {
				if !inside {
					return
				}
				at := from + first*c.Stride[2]
				for _, v := range src[to+first : to+last] {
					dst[at] += v
					at += c.Stride[2]
				}
			})
		}
	}
}

// eachLine calls body for each line of the output along its last axis, for one tap
// of the filter: the line starts at to; its elements first ≤ i < last meet the
// input at from + i·stride, the others the padding. If the line is outside
// along the other axes, inside is false.
func (c *Conv) eachLine(tap int, body func(to, from, first, last int, inside bool)) {
	k2 := tap % c.K[2]
	k1 := tap / c.K[2] % c.K[1]
	k0 := tap / c.K[2] / c.K[1]
	shift := k2*c.Dilated[2] - c.Pad[2]
	first, last := Reach(shift, c.Stride[2], c.X[2], c.Y[2])
	to := 0
	for o0 := range c.Y[0] {
		i0 := o0*c.Stride[0] - c.Pad[0] + k0*c.Dilated[0]
		for o1 := range c.Y[1] {
			i1 := o1*c.Stride[1] - c.Pad[1] + k1*c.Dilated[1]
			inside := uint(i0) < uint(c.X[0]) && uint(i1) < uint(c.X[1]) && first < last
			body(to, (i0*c.X[1]+i1)*c.X[2]+shift, first, last, inside)
			to += c.Y[2]
		}
	}
}

// Reach returns the range of i in [0, count) for which i·stride+shift is in
// [0, size).
func Reach(shift, stride, size, count int) (first, last int) {
	if shift < 0 {
		first = (-shift + stride - 1) / stride
	}
	if size > shift {
		last = min(count, (size-shift+stride-1)/stride)
	}
	return first, max(first, last)
}
