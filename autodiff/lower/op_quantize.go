package lower

import (
	"slices"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
)

// Quantized numbers are whole numbers in the graph, or those of a narrow float type. They come from rounding, whose
// derivative is 0; what is differentiable is the way back: a product with the scale.

var quantizeRows = []operator{
	{name: "DequantizeLinear", since: 10, inputs: arity{2, 3}, lower: lowerDequantizeLinear,
		roles: roles{1: {Fixed, "scale"}, 2: {Fixed, "zero point"}}, ignores: []string{"axis", "block_size"}},
	{name: "DynamicQuantizeLinear", since: 11, inputs: arity{1, 1}, lower: lowerDynamicQuantizeLinear, quantizes: true},
	{name: "QuantizeLinear", since: 10, inputs: arity{2, 3}, lower: lowerQuantizeLinear,
		roles: roles{1: {Fixed, "scale"}, 2: {Fixed, "zero point"}}, ignores: []string{"axis", "block_size", "precision", "saturate"},
		quantizes: true, noDerivative: stepwise},
	{name: "ConvInteger", since: 10, inputs: arity{2, 4}, lower: lowerConvInteger, ignores: []string{"pads"}, noDerivative: discrete},
	{name: "MatMulInteger", since: 10, inputs: arity{2, 4}, lower: lowerMatMulInteger, noDerivative: discrete},
	{name: "QLinearConv", since: 10, inputs: arity{8, 9}, lower: lowerQLinearConv, ignores: []string{"pads"}, noDerivative: stepwise},
	{name: "QLinearMatMul", since: 10, inputs: arity{8, 8}, lower: lowerQLinearMatMul, noDerivative: stepwise},
	{name: "DequantizeLinear", domain: microsoft, since: 1, inputs: arity{2, 3}, lower: lowerDequantizeLinear,
		roles: roles{1: {Fixed, "scale"}, 2: {Fixed, "zero point"}}, ignores: []string{"axis"}},
	{name: "QuantizeLinear", domain: microsoft, since: 1, inputs: arity{2, 3}, lower: lowerQuantizeLinear,
		roles: roles{1: {Fixed, "scale"}, 2: {Fixed, "zero point"}}, ignores: []string{"axis"}, quantizes: true, noDerivative: stepwise},
}

const uint8Type = onnxio.Uint8

// lowerQuantizeLinear is round(x/scale) + zero point within the range of the type:
// https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html
func lowerQuantizeLinear(c *call) []value {
	x := c.x(0)
	q := autodiff.Div(x, c.perBlock(1, x.Shape()))
	to := DataType(c.int("output_dtype", int(uint8Type)))
	var zero *autodiff.Node
	if !c.absent(2) {
		to, zero = c.in[2].DataType, c.perBlock(2, x.Shape())
	} else if to == 0 {
		to = uint8Type
	}
	if f, ok := formatOf(to); ok && f.mantissa <= 3 {
		if zero != nil {
			q = autodiff.Add(q, zero)
		}
		return c.quantizes(one(f.roundNode(q, c.flag("saturate", true)), to), c.in[1], c.optional(2))
	}
	return c.quantizes(one(c.quantized(q, zero, to), to), c.in[1], c.optional(2))
}

// quantized rounds x, adds the zero point (nil: 0) and clamps to the range of the type.
func (c *call) quantized(x, zero *autodiff.Node, to DataType) *autodiff.Node {
	if !isInteger(to) {
		c.fail("numbers cannot be quantized to type %v", to)
	}
	y := autodiff.Round(x)
	if zero != nil {
		y = autodiff.Add(y, zero)
	}
	lo, hi := integerRange(to)
	return autodiff.Min(autodiff.Max(y, c.scalar(lo)), c.scalar(hi))
}

// lowerDequantizeLinear is (x − zero point)·scale.
func lowerDequantizeLinear(c *call) []value {
	x := c.x(0)
	shape := x.Shape()
	if !c.absent(2) {
		x = autodiff.Sub(x, c.perBlock(2, shape))
	}
	to := DataType(c.int("output_dtype", 0))
	if to == 0 {
		to = c.in[1].DataType
	}
	y := autodiff.Mul(x, c.perBlock(1, shape))
	if v, ok := c.unquantized(); ok {
		v.DataType = to
		return []value{v}
	}
	return one(y, to)
}

// perBlock makes the scale or zero point that is input i broadcast against a tensor of the given shape: it has one
// element, one for each index of an axis, or one for each block of indices of that axis.
func (c *call) perBlock(i int, shape []int) *autodiff.Node {
	s := c.x(i)
	if s.Size() == 1 && s.Rank() <= 1 {
		return autodiff.Reshape(s)
	}
	axis := c.axis(c.int("axis", 1), len(shape))
	if s.Rank() == 1 && c.int("block_size", 0) == 0 {
		if s.Size() != shape[axis] {
			c.fail("input %d has %d elements, expected %d: one for each index of axis %d", i, s.Size(), shape[axis], axis)
		}
		return perChannel(s, len(shape)-axis+1)
	}
	block := c.int("block_size", 0)
	blocks := slices.Clone(shape)
	if block > 0 {
		blocks[axis] = (shape[axis] + block - 1) / block
	}
	if block <= 0 || !slices.Equal(s.Shape(), blocks) {
		c.fail("input %d has shape %v, which does not fit shape %v in blocks of %d along axis %d", i, s.Shape(), shape, block, axis)
	}
	index := autodiff.Floor(autodiff.Div(c.iota(shape[axis]), c.scalar(float64(block))))
	return autodiff.Take(s, index, axis)
}

// lowerDynamicQuantizeLinear finds scale and zero point of the range of its input, 0 included:
// https://onnx.ai/onnx/operators/onnx__DynamicQuantizeLinear.html
func lowerDynamicQuantizeLinear(c *call) []value {
	x, zero := c.x(0), c.scalar(0)
	axes := count(0, x.Rank())
	hi := autodiff.Max(autodiff.ReduceMax(x, axes...), zero)
	lo := autodiff.Min(autodiff.ReduceMin(x, axes...), zero)
	width := autodiff.Sub(hi, lo)
	width = autodiff.Select(autodiff.Equal(width, zero), c.scalar(1), width)
	size := autodiff.Div(width, c.scalar(255))
	at := c.quantized(autodiff.Div(autodiff.Neg(lo), size), nil, uint8Type)
	out := []value{
		{Node: c.quantized(autodiff.Div(x, size), at, uint8Type), DataType: uint8Type},
		{Node: size, DataType: c.in[0].DataType},
		{Node: at, DataType: uint8Type},
	}
	return c.quantizes(out, out[1], out[2])
}

// lowerQLinearMatMul multiplies quantized matrices:
// https://onnx.ai/onnx/operators/onnx__QLinearMatMul.html
func lowerQLinearMatMul(c *call) []value {
	a := c.centred(0, 2, -2)
	b := c.centred(3, 5, -1)
	size := autodiff.Mul(c.aligned(1, a, -2), c.aligned(4, b, -1))
	y := autodiff.MatMul(a, b)
	y = autodiff.Mul(y, autodiff.Div(size, c.aligned(6, y, -2)))
	return one(c.quantized(y, c.aligned(7, y, -2), c.in[7].DataType), c.in[7].DataType)
}

func lowerMatMulInteger(c *call) []value {
	return one(autodiff.MatMul(c.centred(0, 2, -2), c.centred(1, 3, -1)), onnxio.Int32)
}

// lowerQLinearConv convolves a quantized tensor with quantized filters:
// https://onnx.ai/onnx/operators/onnx__QLinearConv.html
func lowerQLinearConv(c *call) []value {
	size := autodiff.Div(c.aligned(1, c.x(0), 1), c.aligned(6, c.x(0), 1))
	if w := c.x(4); w.Size() == 1 {
		size = autodiff.Mul(size, autodiff.Reshape(w))
	} else {
		size = autodiff.Mul(size, perChannel(w, c.x(0).Rank()))
	}
	product := c.convolved(c.centred(0, 2, 1), c.centred(3, 5, 0), 8)
	zero := c.aligned(7, product, 1)
	return one(c.quantized(autodiff.Mul(product, size), zero, c.in[7].DataType), c.in[7].DataType)
}

func lowerConvInteger(c *call) []value {
	y := c.convolved(c.centred(0, 2, 1), c.centred(1, 3, 0), many)
	return one(y, onnxio.Int32)
}

// convolved is Conv of x and w with the attributes of this call and input bias, which may be absent.
func (c *call) convolved(x, w *autodiff.Node, bias int) *autodiff.Node {
	conv := *c
	conv.in = []value{{Node: x, DataType: float32Type}, {Node: w, DataType: float32Type}}
	if bias >= 0 && !c.absent(bias) {
		conv.in = append(conv.in, c.in[bias])
	}
	return lowerConv(&conv)[0].Node
}

// centred is input i less its zero point, input zero, which may be absent.
func (c *call) centred(i, zero, axis int) *autodiff.Node {
	x := c.x(i)
	if c.absent(zero) {
		return x
	}
	return autodiff.Sub(x, c.aligned(zero, x, axis))
}

// aligned returns input i with one element, or with one for each index of an axis of x (from the end, if negative).
func (c *call) aligned(i int, x *autodiff.Node, axis int) *autodiff.Node {
	s := c.x(i)
	switch {
	case s.Size() == 1 && s.Rank() <= 1:
		return autodiff.Reshape(s)
	case s.Rank() > 1:
		return s
	case x.Rank() == 1:
		axis = 0
	}
	axis = c.axis(axis, x.Rank())
	if s.Size() != x.Shape()[axis] {
		c.fail("input %d has %d elements, expected 1 or %d", i, s.Size(), x.Shape()[axis])
	}
	return perChannel(s, x.Rank()-axis+1)
}
