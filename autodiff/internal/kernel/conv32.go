package kernel

// The convolutions in float32 with channels last: x [N X… C], y [N Y… M] and w
// [K… C/Groups M]. They compute what ConvForward, ConvInput and ConvFilter do; but
// padding may be multiplied as zeros, and pixels of a tile together, so that an infinite
// number can make results near it NaN.

// ConvForwardCL computes y[n,o,m] = Σ x[n,o·stride−pad+k·dilation,c]·w[k,c,m] for
// each factor's A as x and C as y, as if their images were one batch: w is packed
// once. Each factor says whether it is added.
func ConvForwardCL(ws *Workspace[float32], c *Conv, factors []Factor[float32], w []float32) func() {
	return instructionSets[0].convForward(ws, c, factors, w)
}

// ConvInputCL computes the adjoint by x, from each dy in A to dx in C.
func ConvInputCL(ws *Workspace[float32], c *Conv, factors []Factor[float32], w []float32) func() {
	return instructionSets[0].convInput(ws, c, factors, w)
}

// ConvFilterCL computes the adjoint by w.
func ConvFilterCL(ws *Workspace[float32], c *Conv, dw, x, dy []float32) func() {
	return instructionSets[0].convFilter(ws, c, dw, x, dy)
}

// pointwise tells whether c is a product of matrices: each pixel of y sees the
// same pixel of x alone.
func (c *Conv) pointwise() bool {
	return c.Groups == 1 && c.K == [3]int{1, 1, 1} && c.Stride == [3]int{1, 1, 1} && c.Pad == [3]int{} && c.X == c.Y
}

// depthwise tells whether each channel has a filter of its own.
func (c *Conv) depthwise() bool { return c.Groups == c.C && c.C == c.M && c.C > 1 }

func (set *instructionSet) convForward(ws *Workspace[float32], c *Conv, factors []Factor[float32], w []float32) func() {
	_, _, _, _, out := c.sizes()
	if c.pointwise() {
		return set.gemmStacked(ws, StackedProduct{M: c.N * out, N: c.M, K: c.C, Factors: factors, StrideA: c.C, B: Matrix[float32]{w, c.M, false}, Stride: c.M})
	}
	if count := set.bundleCount(c); count > 1 {
		return set.newBundle(c, count, false).bindForward(ws, set, factors, w)
	}
	if set.winograd(c) {
		return newWinogradSweep(set, c, factors, w, false).bind(ws)
	}
	s := new(sweep)
	s.planForward(set, c)
	return s.bind(ws, set, factors, w)
}

func (set *instructionSet) convInput(ws *Workspace[float32], c *Conv, factors []Factor[float32], w []float32) func() {
	_, _, plane, _, _ := c.sizes()
	if c.pointwise() {
		return set.gemmStacked(ws, StackedProduct{M: c.N * plane, N: c.C, K: c.M, Factors: factors, StrideA: c.M, B: Matrix[float32]{w, c.M, true}, Stride: c.C})
	}
	if c.Stride == [3]int{1, 1, 1} {
		a := c.adjoint()
		if count := set.bundleCount(&a); count > 1 {
			return set.newBundle(&a, count, true).bindForward(ws, set, factors, w)
		}
		if set.winograd(&a) {
			return newWinogradSweep(set, &a, factors, w, true).bind(ws)
		}
	}
	s := new(sweep)
	s.planInput(set, c)
	return s.bind(ws, set, factors, w)
}

func (set *instructionSet) convFilter(ws *Workspace[float32], c *Conv, dw, x, dy []float32) func() {
	_, _, _, _, out := c.sizes()
	if c.pointwise() {
		return set.gemm(ws, Product(c.C, c.M, c.N*out, Matrix[float32]{x, c.C, true}, Matrix[float32]{dy, c.M, false}, dw, c.M, c.Add))
	}
	switch {
	case len(dw) == 0 || c.N*out == 0 && c.Add:
		return none
	case c.N*out == 0:
		return func() { clear(dw) }
	case c.depthwise():
		return set.channelGradient(ws, c, dw, x, dy)
	}
	if count := set.bundleCount(c); count > 1 {
		return set.newBundle(c, count, false).bindGradient(ws, set, dw, x, dy)
	}
	if set.winograd(c) {
		return newWinogradGradient(set, c, dw, x, dy).bind(ws)
	}
	return newFilterGradient(set, c, dw, x, dy).bind(ws)
}
