package kernel

// The convolutions in float32 with channels last: x [N X… C], y [N Y… M] and w
// [K… C/Groups M]. Otherwise they are ConvForward, ConvInput and ConvFilter; where
// numbers are infinite, 0·∞ from the padding may count or not.

// ConvForwardCL computes y[n,o,m] = Σ x[n,o·stride−pad+k·dilation,c]·w[k,c,m].
func ConvForwardCL(ws *Workspace[float32], c *Conv, y, x, w []float32) func() {
	return units[0].convForward(ws, c, y, x, w)
}

// ConvInputCL computes the adjoint by x.
func ConvInputCL(ws *Workspace[float32], c *Conv, dx, dy, w []float32) func() {
	return units[0].convInput(ws, c, dx, dy, w)
}

// ConvFilterCL computes the adjoint by w.
func ConvFilterCL(ws *Workspace[float32], c *Conv, dw, x, dy []float32) func() {
	return units[0].convFilter(ws, c, dw, x, dy)
}

// first is tileArgs.add for the first sums of a destination.
func (c *Conv) first() int {
	if c.Add {
		return 1
	}
	return 0
}

// pointwise tells whether c is a product of matrices: each pixel of y sees the
// same pixel of x alone.
func (c *Conv) pointwise() bool {
	return c.Groups == 1 && c.K == [3]int{1, 1, 1} && c.Stride == [3]int{1, 1, 1} && c.Pad == [3]int{} && c.X == c.Y
}

// depthwise tells whether each channel has a filter of its own.
func (c *Conv) depthwise() bool { return c.Groups == c.C && c.C == c.M && c.C > 1 }

func (u *unit) convForward(ws *Workspace[float32], c *Conv, y, x, w []float32) func() {
	_, _, _, _, out := c.sizes()
	if c.pointwise() {
		return u.gemm(ws, Product(c.N*out, c.M, c.C, Matrix[float32]{x, c.C, false}, Matrix[float32]{w, c.M, false}, y, c.M, c.Add))
	}
	if count := u.bundled(c); count > 1 {
		return u.bundle(c, count, false).forward(ws, u, y, x, w)
	}
	s := new(sweep)
	s.forward(u, c)
	return s.bind(ws, u, y, x, w)
}

func (u *unit) convInput(ws *Workspace[float32], c *Conv, dx, dy, w []float32) func() {
	_, _, plane, _, _ := c.sizes()
	if c.pointwise() {
		return u.gemm(ws, Product(c.N*plane, c.C, c.M, Matrix[float32]{dy, c.M, false}, Matrix[float32]{w, c.M, true}, dx, c.C, c.Add))
	}
	if c.Stride == [3]int{1, 1, 1} {
		a := c.adjoint()
		if count := u.bundled(&a); count > 1 {
			return u.bundle(&a, count, true).forward(ws, u, dx, dy, w)
		}
	}
	s := new(sweep)
	s.input(u, c)
	return s.bind(ws, u, dx, dy, w)
}

func (u *unit) convFilter(ws *Workspace[float32], c *Conv, dw, x, dy []float32) func() {
	_, _, _, _, out := c.sizes()
	if c.pointwise() {
		return u.gemm(ws, Product(c.C, c.M, c.N*out, Matrix[float32]{x, c.C, true}, Matrix[float32]{dy, c.M, false}, dw, c.M, c.Add))
	}
	switch {
	case len(dw) == 0 || c.N*out == 0 && c.Add:
		return none
	case c.N*out == 0:
		return func() { clear(dw) }
	case c.depthwise():
		return u.channelGradient(ws, c, dw, x, dy)
	}
	if count := u.bundled(c); count > 1 {
		return u.bundle(c, count, false).gradient(ws, u, dw, x, dy)
	}
	return newFilterGradient(u, c, dw, x, dy).bind(ws)
}
