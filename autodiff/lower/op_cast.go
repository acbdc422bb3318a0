package lower

import (
	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

var castRows = []operator{
	{name: "Cast", since: 1, inputs: arity{1, 1}, lower: byVersion(lowerCast1, 6, lowerCast),
		ignores: []string{"saturate", "round_mode"}, moves: true},
	{name: "CastLike", since: 15, inputs: arity{2, 2}, lower: lowerCastLike, known: []int{1},
		ignores: []string{"saturate", "round_mode"}, moves: true},
}

func lowerCast(c *call) []value {
	to := c.int("to", 0)
	if !c.has("to") {
		c.fail("attribute \"to\" is missing")
	}
	return c.cast(DataType(to))
}

// lowerCast1: the first version names the type.
func lowerCast1(c *call) []value {
	to, ok := onnxpb.TensorProto_DataType_value[c.text("to", "")]
	if !ok {
		c.fail("attribute \"to\" is %q, which is no type", c.text("to", ""))
	}
	return c.cast(DataType(to))
}

func lowerCastLike(c *call) []value { return c.cast(c.in[1].DataType) }

// cast converts the first input: to whole numbers by truncation, to truth values by comparing with 0. Numbers that are
// known while building are rounded to a narrow float type; computed ones stay in the working precision.
func (c *call) cast(to DataType) []value {
	v := c.in[0]
	from := v.DataType
	switch {
	case !isNumeric(to):
		c.fail("elements of type %v cannot be computed with", to)
	case to == boolType && from != boolType:
		v.Node, v.derived = autodiff.Not(autodiff.Equal(v.Node, c.scalar(0))), true
	case isInteger(to):
		if isFloat(from) {
			v.Node = truncate(v.Node)
		}
		if from != to && from != boolType {
			v.Node = wraps(v.Node, to)
		}
	case isFloat(to) && to != from:
		v.Node = c.narrow(v.Node, to)
	}
	if isFloat(to) != isFloat(from) {
		v.tail, v.read, v.weight, v.moved = nil, nil, nil, nil
	}
	if isFloat(to) {
		v.input = nil
	}
	v.DataType = to
	return []value{v}
}

// narrow rounds constants to a narrow float type as attributes saturate and round_mode say.
func (c *call) narrow(x *autodiff.Node, to DataType) *autodiff.Node {
	saturate := c.flag("saturate", true)
	if f, ok := formatOf(to); ok {
		x, _ = mapKnown(x, func(v float64) float64 { return f.round(v, saturate) })
	}
	if to == onnxio.Float8E8M0 {
		mode := c.text("round_mode", "up")
		if mode != "up" && mode != "down" && mode != "nearest" {
			c.fail("attribute \"round_mode\" is %q; only up, down and nearest are supported", mode)
		}
		x, _ = mapKnown(x, func(v float64) float64 { return roundToPower(v, mode, saturate) })
	}
	return x
}
