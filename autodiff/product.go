package autodiff

import "slices"

// Dot returns the matrix products op(a)·op(b) of the last two axes, where op
// transposes them if asked; all axes before are equal and index a batch.
func Dot(a, b *Node, transA, transB bool) *Node {
	return a.g.apply(OpDot, dotAttr{transA, transB}, a, b)
}

// MatMul is NumPy's matmul: matrices in the last two axes, batch axes
// broadcast, an operand with one axis taken as a row (a) or column (b).
func MatMul(a, b *Node) *Node {
	if a.Rank() == 0 || b.Rank() == 0 {
		fail("matmul", "needs operands with axes, got shapes %v and %v", a.shape, b.shape)
	}
	if a.Rank() == 1 {
		y := MatMul(Reshape(a, 1, a.shape[0]), b)
		return dropAxis(y, max(y.Rank()-min(2, b.Rank()), 0))
	}
	if b.Rank() == 1 {
		y := MatMul(a, Reshape(b, b.shape[0], 1))
		return dropAxis(y, y.Rank()-1)
	}
	batchA, batchB := a.shape[:a.Rank()-2], b.shape[:b.Rank()-2]
	if sizeOf(batchB) == 1 && len(batchB) <= len(batchA) {
		// One matrix for the whole batch: a single taller product.
		m, k := a.shape[a.Rank()-2], a.shape[a.Rank()-1]
		shape := append(slices.Clone(batchA), m, b.shape[b.Rank()-1])
		flat := Dot(Reshape(a, sizeOf(batchA)*m, k), Reshape(b, b.shape[b.Rank()-2:]...), false, false)
		return Reshape(flat, shape...)
	}
	batch := commonShape("matmul", batchA, batchB)
	spread := func(x *Node) *Node {
		return BroadcastTo(x, append(slices.Clone(batch), x.shape[x.Rank()-2:]...)...)
	}
	return Dot(spread(a), spread(b), false, false)
}

// ConvSpec says how a window moves over the spatial axes. Slices have one
// number for each spatial axis; nil means 1 for Strides and Dilations, 0 for
// padding. Groups 0 means 1.
type ConvSpec struct {
	Strides, PadLo, PadHi, Dilations []int
	Groups                           int
}

// convAttr is a convolution with the spatial sizes of the result, which
// those of the operands of ConvInput and ConvFilter do not determine.
type convAttr struct {
	ConvSpec
	Out []int
}

func (a convAttr) appendKey(k []byte) []byte {
	return putInts(k, a.Strides, a.PadLo, a.PadHi, a.Dilations, []int{a.Groups}, a.Out)
}

// Conv correlates x [n c spatial…] with the filters w [m c/groups k…] and
// returns [n m out…], out = ⌊(size+lo+hi−dilation·(k−1)−1)/stride⌋+1.
func Conv(x, w *Node, spec ConvSpec) *Node {
	spec = spec.normal("conv", x, w)
	out := make([]int, x.Rank()-2)
	for i := range out {
		out[i] = windowCount(x.shape[2+i], w.shape[2+i], spec.Strides[i], spec.PadLo[i], spec.PadHi[i], spec.Dilations[i])
	}
	return x.g.apply(OpConv, convAttr{spec, out}, x, w)
}

// ConvInput is the adjoint of Conv by x: it spreads dy [n m out…] by the filters
// w [m c/groups k…] over an input [n c spatial…] of the given spatial sizes.
func ConvInput(dy, w *Node, spec ConvSpec, spatial []int) *Node {
	spec = spec.normal("convinput", dy, w)
	return dy.g.apply(OpConvInput, convAttr{spec, slices.Clone(spatial)}, dy, w)
}

// ConvFilter is the adjoint of Conv by w: it correlates x [n c spatial…] with
// dy [n m out…] into filters [m c/groups k…] of the given spatial sizes.
func ConvFilter(x, dy *Node, spec ConvSpec, kernel []int) *Node {
	spec = spec.normal("convfilter", x, dy)
	return x.g.apply(OpConvFilter, convAttr{spec, slices.Clone(kernel)}, x, dy)
}

// normal fills in the defaults and checks the lengths and signs.
func (s ConvSpec) normal(op string, a, b *Node) ConvSpec {
	spatial := a.Rank() - 2
	if spatial < 1 || spatial > 3 || b.Rank() != a.Rank() {
		fail(op, "needs two operands with 1 to 3 spatial axes, got shapes %v and %v", a.shape, b.shape)
	}
	s.Strides = orDefault(op, "strides", s.Strides, spatial, 1)
	s.Dilations = orDefault(op, "dilations", s.Dilations, spatial, 1)
	s.PadLo = orDefault(op, "padding", s.PadLo, spatial, 0)
	s.PadHi = orDefault(op, "padding", s.PadHi, spatial, 0)
	s.Groups = max(s.Groups, 1)
	return s
}

// orDefault returns list, or count values v in its place; values below v are
// refused.
func orDefault(op, what string, list []int, count, v int) []int {
	if list == nil {
		return slices.Repeat([]int{v}, count)
	}
	if len(list) != count {
		fail(op, "%s %v: need %d values, one for each spatial axis", what, list, count)
	}
	for _, x := range list {
		if x < v || x > 1<<30 {
			fail(op, "%s %v: out of range", what, list)
		}
	}
	return slices.Clone(list)
}

// windowCount is the number of positions of a window along one axis.
func windowCount(size, kernel, stride, lo, hi, dilation int) int {
	room := size + lo + hi - dilation*(kernel-1) - 1
	if room < 0 {
		return 0
	}
	return room/stride + 1
}

func dropAxis(x *Node, axis int) *Node {
	return Reshape(x, slices.Delete(slices.Clone(x.shape), axis, axis+1)...)
}

func dotShape(a attr, in []*Node) []int {
	d, x, y := a.(dotAttr), in[0], in[1]
	r := x.Rank()
	if r < 2 || y.Rank() != r || !slices.Equal(x.shape[:r-2], y.shape[:r-2]) {
		fail("dot", "needs equal batch axes and matrices behind, got shapes %v and %v", x.shape, y.shape)
	}
	m, k := swapIf(d.TransA, x.shape[r-2], x.shape[r-1])
	k2, n := swapIf(d.TransB, y.shape[r-2], y.shape[r-1])
	if k != k2 {
		fail("dot", "inner sizes %d and %d differ (shapes %v and %v)", k, k2, x.shape, y.shape)
	}
	return append(slices.Clone(x.shape[:r-2]), m, n)
}

// dotTranspose: for y = a·b, da = dy·bᵀ and db = aᵀ·dy, with the flags moved so
// that no transpose is ever stored.
func dotTranspose(n *Node, i int, dy *Node) *Node {
	a, b, d := n.in[0], n.in[1], n.attr.(dotAttr)
	switch {
	case i == 0 && !d.TransA:
		return Dot(dy, b, false, !d.TransB)
	case i == 0:
		return Dot(b, dy, d.TransB, true)
	case !d.TransB:
		return Dot(a, dy, !d.TransA, false)
	default:
		return Dot(dy, a, true, d.TransA)
	}
}

func swapIf(swap bool, a, b int) (int, int) {
	if swap {
		return b, a
	}
	return a, b
}

// The three shape rules check the same relation between x, w and y from
// different ends.

func convShape(a attr, in []*Node) []int {
	c, x, w := a.(convAttr), in[0], in[1]
	y := append([]int{x.shape[0], w.shape[0]}, c.Out...)
	checkConv("conv", c.ConvSpec, x.shape, w.shape, y)
	return y
}

func convInputShape(a attr, in []*Node) []int {
	c, y, w := a.(convAttr), in[0], in[1]
	x := append([]int{y.shape[0], w.shape[1] * c.Groups}, c.Out...)
	checkConv("convinput", c.ConvSpec, x, w.shape, y.shape)
	return x
}

func convFilterShape(a attr, in []*Node) []int {
	c, x, y := a.(convAttr), in[0], in[1]
	w := append([]int{y.shape[1], x.shape[1] / c.Groups}, c.Out...)
	checkConv("convfilter", c.ConvSpec, x.shape, w, y.shape)
	return w
}

func checkConv(op string, s ConvSpec, x, w, y []int) {
	bad := len(x) != len(w) || len(x) != len(y) ||
		x[0] != y[0] || w[0] != y[1] || w[1]*s.Groups != x[1] || w[0]%s.Groups != 0
	for i := range s.Strides {
		bad = bad || w[2+i] < 1 ||
			y[2+i] != windowCount(x[2+i], w[2+i], s.Strides[i], s.PadLo[i], s.PadHi[i], s.Dilations[i])
	}
	if bad {
		fail(op, "input %v, filter %v and output %v do not fit together with %+v", x, w, y, s)
	}
}
