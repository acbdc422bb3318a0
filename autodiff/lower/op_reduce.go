package lower

import (
	"math"
	"slices"

	"onnx-metainit/autodiff"
)

var reduceRows = []operator{
	{name: "ArgMax", since: 1, inputs: arity{1, 1}, lower: argMax(itself), derives: true, noDerivative: discrete},
	{name: "ArgMin", since: 1, inputs: arity{1, 1}, lower: argMax(autodiff.Neg), derives: true, noDerivative: discrete},
	{name: "CumProd", since: 26, inputs: arity{2, 2}, lower: lowerCumProd, known: []int{1}},
	{name: "CumSum", since: 11, inputs: arity{2, 2}, lower: lowerCumSum, known: []int{1}, derives: true},
	{name: "ReduceL1", since: 1, inputs: arity{1, 2}, lower: reduce(reduceL1), known: []int{1}},
	{name: "ReduceL2", since: 1, inputs: arity{1, 2}, lower: integral(reduce(reduceL2)), known: []int{1}},
	{name: "ReduceLogSum", since: 1, inputs: arity{1, 2}, lower: integral(reduce(reduceLogSum)), known: []int{1}},
	{name: "ReduceLogSumExp", since: 1, inputs: arity{1, 2}, lower: integral(reduce(reduceLogSumExp)), known: []int{1}},
	{name: "ReduceMax", since: 1, inputs: arity{1, 2}, lower: bounded(reduceOrKeep(reduceMax)), known: []int{1}},
	{name: "ReduceMean", since: 1, inputs: arity{1, 2}, lower: lowerReduceMean, known: []int{1}},
	{name: "ReduceMin", since: 1, inputs: arity{1, 2}, lower: bounded(reduceOrKeep(reduceMin)), known: []int{1}},
	{name: "ReduceProd", since: 1, inputs: arity{1, 2}, lower: reduceOrKeep(reduceProd), known: []int{1}},
	{name: "ReduceSum", since: 1, inputs: arity{1, 2}, lower: reduceOrKeep(autodiff.Sum), known: []int{1}, derives: true},
	{name: "ReduceSumSquare", since: 1, inputs: arity{1, 2}, lower: reduce(reduceSumSquare), known: []int{1}},
	{name: "LpNormalization", since: 1, inputs: arity{1, 1}, lower: lowerLpNormalization},
}

// reduce lowers an operator that reduces over axes. The function drops them.
func reduce(f func(x *autodiff.Node, axes ...int) *autodiff.Node) lowering {
	return func(c *call) []value {
		x := c.x(0)
		given, _ := c.intsAt(1, "axes")
		axes := c.axes(given, x.Rank())
		slices.Sort(axes)
		if noop := c.flag("noop_with_empty_axes", false); len(axes) == 0 && !noop {
			axes = count(0, x.Rank())
		}
		y := f(x, axes...)
		if c.flag("keepdims", true) {
			y = keepAxes(y, x.Shape(), axes)
		}
		return c.same(y)
	}
}

// reduceOrKeep is reduce for functions that are the identity of a single element: where all axes have size 1, elements are
// only moved.
func reduceOrKeep(f func(x *autodiff.Node, axes ...int) *autodiff.Node) lowering {
	reduced := reduce(f)
	return func(c *call) []value {
		out := reduced(c)
		if x := c.x(0); x.Size() == out[0].Node.Size() {
			out[0].tail = c.reshaped(out[0].Node.Shape()...)[0].tail
		}
		return out
	}
}

// keepAxes puts back reduced axes of a shape with size 1.
func keepAxes(y *autodiff.Node, shape, axes []int) *autodiff.Node {
	kept := slices.Clone(shape)
	for _, a := range axes {
		kept[a] = 1
	}
	return autodiff.Reshape(y, kept...)
}

// lowerReduceMean: whole numbers are added up first, so that no rounding comes before the truncation.
func lowerReduceMean(c *call) []value {
	if !isInteger(c.in[0].DataType) {
		return reduceOrKeep(autodiff.Mean)(c)
	}
	return integral(reduce(func(x *autodiff.Node, axes ...int) *autodiff.Node {
		sum := autodiff.Sum(x, axes...)
		return autodiff.Div(sum, scalarOf(x, float64(x.Size()/max(sum.Size(), 1))))
	}))(c)
}

func reduceL1(x *autodiff.Node, axes ...int) *autodiff.Node {
	return autodiff.Sum(autodiff.Abs(x), axes...)
}

func reduceSumSquare(x *autodiff.Node, axes ...int) *autodiff.Node {
	return autodiff.Sum(autodiff.Mul(x, x), axes...)
}

func reduceL2(x *autodiff.Node, axes ...int) *autodiff.Node {
	return root(reduceSumSquare(x, axes...), 2)
}

// root is the p-th root of a sum of p-th powers. At 0, where a norm has no derivative, all of them count as 0, as in
// frameworks: windows of padding are common.
func root(sum *autodiff.Node, p float64) *autodiff.Node {
	zero := autodiff.Equal(sum, scalarOf(sum, 0))
	y := autodiff.Pow(autodiff.Select(zero, scalarOf(sum, 1), sum), scalarOf(sum, 1/p))
	return autodiff.Select(zero, scalarOf(sum, 0), y)
}

func reduceLogSum(x *autodiff.Node, axes ...int) *autodiff.Node {
	return autodiff.Log(autodiff.Sum(x, axes...))
}

// reduceLogSumExp subtracts the maximum first; the result does not depend on it, so it may count as a constant.
func reduceLogSumExp(x *autodiff.Node, axes ...int) *autodiff.Node {
	if x.Size() == 0 {
		return reduceLogSum(autodiff.Exp(x), axes...)
	}
	top := autodiff.Stop(autodiff.ReduceMax(x, axes...))
	shifted := autodiff.Sub(x, keepAxes(top, x.Shape(), axes))
	return autodiff.Add(top, reduceLogSum(autodiff.Exp(shifted), axes...))
}

// reduceProd multiplies halves of the reduced elements until one is left.
func reduceProd(x *autodiff.Node, axes ...int) *autodiff.Node {
	var kept []int
	for i := range x.Rank() {
		if !slices.Contains(axes, i) {
			kept = append(kept, i)
		}
	}
	t := autodiff.Transpose(x, slices.Concat(kept, axes)...)
	shape := slices.Clone(t.Shape()[:len(kept)])
	n := product(t.Shape()[len(kept):])
	last := len(kept)
	y := autodiff.Reshape(t, append(slices.Clone(shape), n)...)
	if n == 0 {
		return autodiff.BroadcastTo(scalarOf(x, 1), shape...)
	}
	for n > 1 {
		half := n / 2
		z := autodiff.Mul(autodiff.SliceAxis(y, last, 0, half), autodiff.SliceAxis(y, last, half, 2*half))
		if n%2 == 1 {
			z = autodiff.Concat(last, z, autodiff.SliceAxis(y, last, n-1, n))
		}
		y, n = z, half+n%2
	}
	return autodiff.Reshape(y, shape...)
}

// reduceMax is the maximum; over no elements, the least value of the type.
func reduceMax(x *autodiff.Node, axes ...int) *autodiff.Node {
	return extreme(autodiff.ReduceMax, math.Inf(-1), x, axes)
}

func reduceMin(x *autodiff.Node, axes ...int) *autodiff.Node {
	return extreme(autodiff.ReduceMin, math.Inf(1), x, axes)
}

// bounded puts the bounds of whole numbers and truth values in place of ±∞, the extremes of no elements.
func bounded(l lowering) lowering {
	return func(c *call) []value {
		out, t := l(c), c.in[0].DataType
		if c.x(0).Size() > 0 || isFloat(t) {
			return out
		}
		lo, hi := integerRange(t)
		out[0].Node = autodiff.Min(autodiff.Max(out[0].Node, c.scalar(lo)), c.scalar(hi))
		return out
	}
}

func extreme(f func(x *autodiff.Node, axes ...int) *autodiff.Node, empty float64, x *autodiff.Node, axes []int) *autodiff.Node {
	if x.Size() > 0 {
		return f(x, axes...)
	}
	var kept []int
	for i, d := range x.Shape() {
		if !slices.Contains(axes, i) {
			kept = append(kept, d)
		}
	}
	return autodiff.BroadcastTo(scalarOf(x, empty), kept...)
}

// argMax lowers ArgMax, and ArgMin as that of the negative.
func argMax(f func(x *autodiff.Node) *autodiff.Node) lowering {
	return func(c *call) []value {
		x := f(c.x(0))
		axis := c.axis(c.int("axis", 0), x.Rank())
		var index *autodiff.Node
		if c.flag("select_last_index", false) {
			last := c.scalar(float64(x.Shape()[axis] - 1))
			index = autodiff.Sub(last, autodiff.ArgMax(autodiff.Reverse(x, axis), axis))
		} else {
			index = autodiff.ArgMax(x, axis)
		}
		if c.flag("keepdims", true) {
			index = keepAxes(index, x.Shape(), []int{axis})
		}
		return one(index, int64Type)
	}
}

func itself(x *autodiff.Node) *autodiff.Node { return x }

// lowerCumSum adds up along an axis that is an input.
func lowerCumSum(c *call) []value {
	x := c.x(0)
	axis := c.axis(c.knownInt(1), x.Rank())
	return c.same(autodiff.CumSum(x, axis, c.flag("exclusive", false), c.flag("reverse", false)))
}

// lowerCumProd multiplies along an axis: each step doubles how many elements before have been taken in. That divides by
// nothing, so zeros do no harm.
func lowerCumProd(c *call) []value {
	x := c.x(0)
	axis := c.axis(c.knownInt(1), x.Rank())
	n := x.Shape()[axis]
	// later moves the elements by d places, with ones in front.
	later := func(x *autodiff.Node, d int) *autodiff.Node {
		ones := append([]int(nil), x.Shape()...)
		ones[axis] = d
		return autodiff.Concat(axis, autodiff.BroadcastTo(c.scalar(1), ones...), autodiff.SliceAxis(x, axis, 0, n-d))
	}
	y := x
	if c.flag("reverse", false) {
		y = autodiff.Reverse(y, axis)
	}
	if c.flag("exclusive", false) && n > 0 {
		y = later(y, 1)
	}
	for d := 1; d < n; d *= 2 {
		y = autodiff.Mul(y, later(y, d))
	}
	if c.flag("reverse", false) {
		y = autodiff.Reverse(y, axis)
	}
	return c.same(y)
}

// lowerLpNormalization divides by the 1- or 2-norm along an axis; where that is 0, the result is 0.
func lowerLpNormalization(c *call) []value {
	x := c.x(0)
	axis := c.axis(c.int("axis", -1), x.Rank())
	var norm *autodiff.Node
	switch p := c.int("p", 2); p {
	case 1:
		norm = reduceL1(x, axis)
	case 2:
		norm = reduceL2(x, axis)
	default:
		c.fail("attribute \"p\" is %d, expected 1 or 2", p)
	}
	norm = keepAxes(norm, x.Shape(), []int{axis})
	zero := autodiff.Equal(norm, c.scalar(0))
	return c.same(autodiff.Select(zero, c.scalar(0), autodiff.Div(x, autodiff.Select(zero, c.scalar(1), norm))))
}
