package kernel

// The convolutions in float32 with channels last: x [N X… C], y [N Y… M] and w
// [K… C/Groups M]. Otherwise they are ConvForward, ConvInput and ConvFilter; where
// numbers are infinite, 0·∞ from the padding may count or not.

// ConvForwardCL computes y[n,o,m] = Σ x[n,o·stride−pad+k·dilation,c]·w[k,c,m] for
// each x and y of the factors, as if their images were one batch: w is packed once.
func ConvForwardCL(c *Conv, threads int, factors []Factor[float32], w []float32) {
	units[0].convForward(c, threads, factors, w)
}

// ConvInputCL computes the adjoint by x, each factor's C from its A.
func ConvInputCL(c *Conv, threads int, factors []Factor[float32], w []float32) {
	units[0].convInput(c, threads, factors, w)
}

// ConvFilterCL computes the adjoint by w.
func ConvFilterCL(c *Conv, threads int, dw, x, dy []float32) {
	units[0].convFilter(c, threads, dw, x, dy)
}

// flag is 1 for true.
func flag(b bool) int {
	if b {
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

func (u *unit) convForward(c *Conv, threads int, factors []Factor[float32], w []float32) {
	_, _, _, _, out := c.sizes()
	if c.pointwise() {
		u.gemmWide(threads, c.N*out, c.M, c.C, factors, c.C, false, Matrix[float32]{w, c.M, false}, c.M)
		return
	}
	if count := u.bundled(c); count > 1 {
		u.bundle(c, count, false).forward(u, threads, factors, w)
		return
	}
	s := sweeps.Get().(*sweep)
	s.forward(u, c)
	s.run(u, threads, factors, w)
	s.release()
}

func (u *unit) convInput(c *Conv, threads int, factors []Factor[float32], w []float32) {
	_, _, plane, _, _ := c.sizes()
	if c.pointwise() {
		u.gemmWide(threads, c.N*plane, c.C, c.M, factors, c.M, false, Matrix[float32]{w, c.M, true}, c.C)
		return
	}
	if c.Stride == [3]int{1, 1, 1} {
		a := c.adjoint()
		if count := u.bundled(&a); count > 1 {
			u.bundle(&a, count, true).forward(u, threads, factors, w)
			return
		}
	}
	s := sweeps.Get().(*sweep)
	s.input(u, c)
	s.run(u, threads, factors, w)
	s.release()
}

func (u *unit) convFilter(c *Conv, threads int, dw, x, dy []float32) {
	_, _, _, _, out := c.sizes()
	if c.pointwise() {
		u.gemm(threads, c.C, c.M, c.N*out, Matrix[float32]{x, c.C, true}, Matrix[float32]{dy, c.M, false}, dw, c.M, c.Add)
		return
	}
	if len(dw) == 0 {
		return
	}
	if c.N*out == 0 {
		if !c.Add {
			clear(dw)
		}
		return
	}
	if c.depthwise() {
		u.channelGradient(c, threads, dw, x, dy)
		return
	}
	if count := u.bundled(c); count > 1 {
		u.bundle(c, count, false).gradient(u, threads, dw, x, dy)
		return
	}
	u.filterGradient(c, threads, dw, x, dy)
}
