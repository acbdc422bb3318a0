package lower

import (
	"math"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio/onnxpb"
)

// unary lowers an operator that is one primitive.
func unary(f func(x *autodiff.Node) *autodiff.Node) lowering {
	return func(c *call) []Value { return c.same(f(c.x(0))) }
}

// binary lowers an operator that is one primitive of two broadcast operands.
func binary(f func(a, b *autodiff.Node) *autodiff.Node) lowering {
	return func(c *call) []Value { return c.same(f(c.pair())) }
}

// compare lowers an operator whose result is a truth value.
func compare(f func(a, b *autodiff.Node) *autodiff.Node) lowering {
	return func(c *call) []Value { return one(f(c.pair()), boolType) }
}

func greater(a, b *autodiff.Node) *autodiff.Node        { return autodiff.Less(b, a) }
func greaterOrEqual(a, b *autodiff.Node) *autodiff.Node { return autodiff.LessEqual(b, a) }
func xor(a, b *autodiff.Node) *autodiff.Node            { return autodiff.Not(autodiff.Equal(a, b)) }

// pair returns the two operands. Before opset 7 they are broadcast on request only, with the axes of the second placed
// from attribute axis on.
func (c *call) pair() (a, b *autodiff.Node) {
	a, b = c.x(0), c.x(1)
	if c.op.opset >= 7 || !c.flag("broadcast", false) || !c.has("axis") {
		return a, b
	}
	at := c.axis(c.int("axis", 0), a.Rank())
	behind := a.Rank() - at - b.Rank()
	if behind < 0 {
		c.fail("shape %v does not fit at axis %d of %v", b.Shape(), at, a.Shape())
	}
	shape := append([]int(nil), b.Shape()...)
	for range behind {
		shape = append(shape, 1)
	}
	return a, autodiff.Reshape(b, shape...)
}

// variadic lowers Sum, Max and Min of any number of operands.
func variadic(f func(a, b *autodiff.Node) *autodiff.Node) lowering {
	return func(c *call) []Value { return c.same(c.foldInputs(f)) }
}

func lowerMean(c *call) []Value {
	return c.same(autodiff.Div(c.foldInputs(autodiff.Add), c.scalar(float64(len(c.in)))))
}

func (c *call) foldInputs(f func(a, b *autodiff.Node) *autodiff.Node) *autodiff.Node {
	sum := c.x(0)
	for i := 1; i < len(c.in); i++ {
		sum = f(sum, c.x(i))
	}
	return sum
}

// truncate rounds towards zero.
func truncate(x *autodiff.Node) *autodiff.Node {
	return autodiff.Mul(autodiff.Sign(x), autodiff.Floor(autodiff.Abs(x)))
}

// lowerDiv: whole numbers divide as in C.
func lowerDiv(c *call) []Value {
	q := autodiff.Div(c.pair())
	if !isFloat(c.in[0].DataType) {
		q = truncate(q)
	}
	return c.same(q)
}

// lowerMod: the remainder has the sign of the divisor; with fmod, that of the dividend.
func lowerMod(c *call) []Value {
	a, b := c.pair()
	round := autodiff.Floor
	if c.flag("fmod", false) {
		round = truncate
	}
	return c.same(autodiff.Sub(a, autodiff.Mul(b, round(autodiff.Div(a, b)))))
}

// lowerPow: x·x and √x have derivatives where the power's rule has none.
func lowerPow(c *call) []Value {
	a, b := c.pair()
	return c.same(pow(a, b))
}

func pow(a, b *autodiff.Node) *autodiff.Node {
	if e, ok := b.Splat(); ok && b.Size() == 1 && b.Rank() <= a.Rank() {
		switch e {
		case 1:
			return a
		case 2:
			return autodiff.Mul(a, a)
		case 3:
			return autodiff.Mul(autodiff.Mul(a, a), a)
		case 0.5:
			return autodiff.Sqrt(a)
		case -0.5:
			return autodiff.Reciprocal(autodiff.Sqrt(a))
		case -1:
			return autodiff.Reciprocal(a)
		}
	}
	return autodiff.Pow(a, b)
}

func lowerNot(c *call) []Value { return one(autodiff.Not(c.x(0)), boolType) }

func lowerIsNaN(c *call) []Value {
	return one(autodiff.Not(autodiff.Equal(c.x(0), c.x(0))), boolType)
}

func lowerIsInf(c *call) []Value {
	x, inf := c.x(0), c.scalar(math.Inf(1))
	found := c.scalar(0)
	if c.flag("detect_positive", true) {
		found = autodiff.Or(found, autodiff.Equal(x, inf))
	}
	if c.flag("detect_negative", true) {
		found = autodiff.Or(found, autodiff.Equal(x, autodiff.Neg(inf)))
	}
	return one(autodiff.BroadcastTo(found, x.Shape()...), boolType)
}

func lowerWhere(c *call) []Value {
	c.in[0].masks()
	return one(autodiff.Select(c.x(0), c.x(1), c.x(2)), c.in[1].DataType)
}

func lowerCast(c *call) []Value {
	to := c.int("to", 0)
	if !c.has("to") {
		c.fail("attribute \"to\" is missing")
	}
	return c.cast(DataType(to))
}

// lowerCast1: the first version names the type.
func lowerCast1(c *call) []Value {
	to, ok := onnxpb.TensorProto_DataType_value[c.text("to", "")]
	if !ok {
		c.fail("attribute \"to\" is %q, which is no type", c.text("to", ""))
	}
	return c.cast(DataType(to))
}

func lowerCastLike(c *call) []Value { return c.cast(c.in[1].DataType) }

// cast converts the first input: to whole numbers by truncation, to truth values by comparing with 0. Between float types
// nothing happens, since everything is computed in the working precision.
func (c *call) cast(to DataType) []Value {
	v := c.in[0]
	from := v.DataType
	switch {
	case !isNumeric(to):
		c.fail("elements of type %v cannot be computed with", to)
	case to == boolType && from != boolType:
		v.Node = autodiff.Not(autodiff.Equal(v.Node, c.scalar(0)))
	case isInteger(to) && isFloat(from):
		v.Node = truncate(v.Node)
	case isFloat(to) && (from == boolType || from == int64Type || from == onnxpb.TensorProto_INT32):
		v.masks()
	}
	if isFloat(to) != isFloat(from) {
		v.tail, v.known, v.weight = nil, nil, nil
	}
	if isFloat(to) {
		v.input = nil
	}
	v.DataType = to
	return []Value{v}
}

// lowerIdentity: the result is the operand itself, with all that is known of it.
func lowerIdentity(c *call) []Value { return []Value{c.in[0]} }

// lowerDropout is the inference form: nothing is dropped. The optional mask is all true.
func lowerDropout(c *call) []Value {
	return []Value{c.in[0], {Node: autodiff.BroadcastTo(c.scalar(1), c.x(0).Shape()...), DataType: boolType}}
}

func lowerLog(c *call) []Value {
	x := c.in[0]
	if x.tail != nil && x.tail.operator == "Softmax" {
		y := autodiff.LogSoftmax(x.tail.logits, x.tail.axis)
		return []Value{{Node: y, DataType: x.DataType, tail: &tail{"LogSoftmax", x.tail.logits, x.tail.axis}}}
	}
	return c.same(autodiff.Log(x.Node))
}

func tan(x *autodiff.Node) *autodiff.Node { return autodiff.Div(autodiff.Sin(x), autodiff.Cos(x)) }

// sinh is (a + a/(a+1))/2 with a = eˣ − 1, accurate near 0.
func sinh(x *autodiff.Node) *autodiff.Node {
	a := autodiff.Expm1(x)
	return scale(autodiff.Add(a, autodiff.Div(a, shift(a, 1))), 0.5)
}

func cosh(x *autodiff.Node) *autodiff.Node {
	return scale(autodiff.Add(autodiff.Exp(x), autodiff.Exp(autodiff.Neg(x))), 0.5)
}
