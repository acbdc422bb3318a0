package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

var constantRows = []operator{
	// Constant nodes are read with the graph's tensors; only a Backend that onnx-go drives directly applies them.
	{name: "Constant", since: 1, inputs: arity{0, 0}, lower: lowerConstant},
	{name: "ConstantFill", since: 1, inputs: arity{0, 1}, lower: lowerConstantFill, known: []int{0}, noDerivative: foreknown},
	{name: "ConstantOfShape", since: 9, inputs: arity{1, 1}, lower: lowerConstantOfShape, known: []int{0}, noDerivative: foreknown},
	{name: "EyeLike", since: 9, inputs: arity{1, 1}, lower: lowerEyeLike, known: []int{0}, noDerivative: foreknown},
	{name: "Range", since: 11, inputs: arity{3, 3}, lower: lowerRange, known: []int{0, 1, 2}, ignores: []string{"stash_type"},
		noDerivative: foreknown},
	{name: "Trilu", since: 14, inputs: arity{1, 2}, lower: lowerTrilu, known: []int{1}},
	{name: "Range", domain: microsoft, since: 1, inputs: arity{2, 3}, lower: lowerRange, known: []int{0, 1, 2}, noDerivative: foreknown},
	{name: "Trilu", domain: microsoft, since: 1, inputs: arity{1, 2}, lower: lowerTrilu, known: []int{1}},
}

// lowerConstantOfShape: the value is a tensor with one element, by default a float 0.
func lowerConstantOfShape(c *call) []value {
	element, ok := c.tensorAttribute("value", false)
	if !ok {
		element = value{Node: c.scalar(0), DataType: float32Type}
	}
	if element.Node.Size() != 1 {
		c.fail("attribute \"value\" has %d elements, expected 1", element.Node.Size())
	}
	shape := c.knownInts(0)
	return one(autodiff.BroadcastTo(autodiff.Reshape(element.Node), shape...), element.DataType)
}

// lowerConstantFill: ConstantOfShape of ONNX before 1.5, which PyTorch writes up to opset 8. The shape is that of the input
// or, with input_as_shape, its elements, and extra_shape after them; the attribute shape without an input.
func lowerConstantFill(c *call) []value {
	shape, _ := c.ints("shape")
	if !c.absent(0) {
		if c.has("shape") {
			c.fail("has an input and attribute \"shape\", expected one of them")
		}
		if shape = c.x(0).Shape(); c.flag("input_as_shape", false) {
			shape = c.knownInts(0)
		}
		extra, _ := c.ints("extra_shape")
		shape = slices.Concat(shape, extra)
	}
	return one(autodiff.BroadcastTo(c.scalar(c.float("value", 0)), shape...), DataType(c.int("dtype", int(float32Type))))
}

// lowerRange gives start, start + delta, … below limit, or above it if delta is negative; without delta, that is 1.
func lowerRange(c *call) []value {
	start, limit, delta := c.known(0), c.known(1), []float64{1}
	if !c.absent(2) {
		delta = c.known(2)
	}
	if len(start) != 1 || len(limit) != 1 || len(delta) != 1 {
		c.fail("start, limit and delta need one element each")
	}
	if delta[0] == 0 {
		c.fail("delta is 0")
	}
	steps := (limit[0] - start[0]) / delta[0]
	if !(steps <= maxKnown) {
		c.fail("%v elements are too many for a table that is made while building", steps)
	}
	n := 0
	for float64(n) < steps {
		n++
	}
	x := autodiff.Add(autodiff.Mul(c.iota(n), c.scalar(delta[0])), c.scalar(start[0]))
	return c.same(x)
}

// lowerEyeLike has ones on diagonal k.
func lowerEyeLike(c *call) []value {
	shape := c.x(0).Shape()
	if len(shape) != 2 {
		c.fail("needs 2 axes")
	}
	eye := autodiff.Equal(c.diagonals(shape), c.scalar(float64(c.int("k", 0))))
	return one(eye, DataType(c.int("dtype", int(c.in[0].DataType))))
}

// diagonals returns column − row at each place of a matrix of the given last two sizes.
func (c *call) diagonals(shape []int) *autodiff.Node {
	rows, columns := shape[len(shape)-2], shape[len(shape)-1]
	return autodiff.Sub(c.iota(columns), autodiff.Reshape(c.iota(rows), rows, 1))
}

// lowerTrilu keeps the part above (upper, the default) or below diagonal k.
func lowerTrilu(c *call) []value {
	x, k := c.x(0), 0
	if x.Rank() < 2 {
		c.fail("needs at least 2 axes")
	}
	if !c.absent(1) {
		k = c.knownInt(1)
	}
	d, kept := c.diagonals(x.Shape()), c.scalar(float64(k))
	mask := autodiff.LessEqual(kept, d)
	if !c.flag("upper", true) {
		mask = autodiff.LessEqual(d, kept)
	}
	return c.same(autodiff.Select(mask, x, c.scalar(0)))
}
