package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

var poolRows = []operator{
	{name: "AveragePool", since: 1, inputs: arity{1, 1}, lower: lowerAveragePool, ignores: []string{"pads"}},
	{name: "GlobalAveragePool", since: 1, inputs: arity{1, 1}, lower: globalPool(autodiff.Mean)},
	{name: "GlobalLpPool", since: 1, inputs: arity{1, 1}, lower: lowerGlobalLpPool},
	{name: "GlobalMaxPool", since: 1, inputs: arity{1, 1}, lower: globalPool(autodiff.ReduceMax)},
	{name: "LpPool", since: 1, inputs: arity{1, 1}, lower: lowerLpPool, ignores: []string{"pads"}},
	{name: "MaxPool", since: 1, inputs: arity{1, 1}, lower: lowerMaxPool, ignores: []string{"pads", "storage_order"}, commutes: true},
}

// poolWindow reads the attributes of a pooling of x. With ceil_mode a last window that reaches beyond the padding counts
// too, if it begins before the end of the input and its first padding: hi grows, and over gives by how much.
func (c *call) poolWindow(x *autodiff.Node) (w autodiff.Window, over []int) {
	sizes := c.spatial(x)
	g := c.pad(c.geometry(sizes, nil), sizes)
	over = make([]int, len(sizes))
	if c.flag("ceil_mode", false) {
		hi := slices.Clone(g.hi)
		for i, size := range sizes {
			room := size + g.lo[i] + g.hi[i] - g.reach(i)
			if rest := room % g.strides[i]; room > 0 && rest > 0 && room-rest+g.strides[i] < size+g.lo[i] {
				over[i] = g.strides[i] - rest
				hi[i] += over[i]
			}
		}
		g.hi = hi
	}
	return autodiff.Window{Size: g.kernel, Strides: g.strides, PadLo: g.lo, PadHi: g.hi, Dilations: g.dilations}, over
}

// lowerMaxPool gives the maxima and, as second result since version 8, their positions (of inputs whose positions float32
// holds).
func lowerMaxPool(c *call) []value {
	x := c.x(0)
	w, _ := c.poolWindow(x)
	out := c.same(autodiff.WindowMax(x, w))
	if c.results > 1 && x.Size() <= maxExact {
		index := c.poolIndices(x, w, c.flag("storage_order", false))
		out = append(out, value{Node: index, DataType: int64Type})
	}
	return out
}

// lowerAveragePool divides by the elements in each window; with count_include_pad those of the padding count, but never
// those beyond it.
func lowerAveragePool(c *call) []value {
	x := c.x(0)
	w, over := c.poolWindow(x)
	y := autodiff.WindowSum(x, w)
	counts := c.scalar(1)
	rank := x.Rank()
	for i, size := range x.Shape()[2:] {
		first, end := 0, size
		if c.flag("count_include_pad", false) {
			first, end = -w.PadLo[i], size+w.PadHi[i]-over[i]
		}
		if y.Shape()[2+i] > maxKnown {
			c.fail("the result has more than %d elements along spatial axis %d", maxKnown, i)
		}
		list := make([]float64, y.Shape()[2+i])
		for j := range list {
			start := j*w.Strides[i] - w.PadLo[i]
			// Elements start + k·dilation with k < size lie in [first, end).
			below := func(limit int) int {
				return min(max((limit-start+w.Dilations[i]-1)/w.Dilations[i], 0), w.Size[i])
			}
			list[j] = float64(below(end) - below(first))
		}
		shape := slices.Repeat([]int{1}, rank)
		shape[2+i] = len(list)
		counts = autodiff.Mul(counts, c.graph.Const(list, shape...))
	}
	return c.same(autodiff.Div(y, counts))
}

// lowerLpPool is the p-norm of each window.
func lowerLpPool(c *call) []value {
	w, _ := c.poolWindow(c.x(0))
	p := c.exponent()
	sum := autodiff.WindowSum(power(c.x(0), p), w)
	return c.same(root(sum, p))
}

// exponent is attribute p of a norm, in opset 1 a float.
func (c *call) exponent() float64 {
	if c.op.opset < 2 {
		return c.float("p", 2)
	}
	return float64(c.int("p", 2))
}

// power is |x|^p.
func power(x *autodiff.Node, p float64) *autodiff.Node {
	if p != 2 {
		x = autodiff.Abs(x)
	}
	return autodiff.Pow(x, scalarOf(x, p))
}

// globalPool reduces all spatial axes to size 1.
func globalPool(f func(x *autodiff.Node, axes ...int) *autodiff.Node) lowering {
	return func(c *call) []value {
		x := c.x(0)
		c.spatial(x)
		axes := count(2, x.Rank())
		return c.same(keepAxes(f(x, axes...), x.Shape(), axes))
	}
}

func lowerGlobalLpPool(c *call) []value {
	p := c.exponent()
	return globalPool(func(x *autodiff.Node, axes ...int) *autodiff.Node {
		return root(autodiff.Sum(power(x, p), axes...), p)
	})(c)
}
