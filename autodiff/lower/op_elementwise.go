package lower

import (
	"math"
	"slices"

	"onnx-metainit/autodiff"
)

var elementwiseRows = []operator{
	{name: "Abs", since: 1, inputs: arity{1, 1}, lower: unary(autodiff.Abs)},
	{name: "Add", since: 1, inputs: arity{2, 2}, lower: binary(autodiff.Add)},
	{name: "And", since: 1, inputs: arity{2, 2}, lower: compare(autodiff.And), noDerivative: discrete},
	{name: "Asin", since: 7, inputs: arity{1, 1}, lower: unary(autodiff.Asin)},
	{name: "Asinh", since: 9, inputs: arity{1, 1}, lower: unary(autodiff.Asinh)},
	{name: "Atan", since: 7, inputs: arity{1, 1}, lower: unary(autodiff.Atan)},
	{name: "Ceil", since: 1, inputs: arity{1, 1}, lower: unary(autodiff.Ceil), noDerivative: stepwise},
	{name: "Cos", since: 7, inputs: arity{1, 1}, lower: unary(autodiff.Cos)},
	{name: "Div", since: 1, inputs: arity{2, 2}, lower: lowerDiv},
	{name: "Dropout", since: 1, inputs: arity{1, 3}, lower: lowerDropout, known: []int{1, 2},
		ignores: []string{"ratio", "seed", "is_test"}},
	{name: "Equal", since: 1, inputs: arity{2, 2}, lower: compare(autodiff.Equal), noDerivative: discrete},
	{name: "Erf", since: 9, inputs: arity{1, 1}, lower: unary(autodiff.Erf)},
	{name: "Exp", since: 1, inputs: arity{1, 1}, lower: unary(autodiff.Exp)},
	{name: "Floor", since: 1, inputs: arity{1, 1}, lower: unary(autodiff.Floor), noDerivative: stepwise},
	{name: "Greater", since: 1, inputs: arity{2, 2}, lower: compare(greater), noDerivative: discrete},
	{name: "GreaterOrEqual", since: 12, inputs: arity{2, 2}, lower: compare(greaterOrEqual), noDerivative: discrete},
	{name: "Identity", since: 1, inputs: arity{1, 1}, lower: lowerIdentity, passes: true},
	{name: "IsInf", since: 10, inputs: arity{1, 1}, lower: lowerIsInf, noDerivative: discrete},
	{name: "IsNaN", since: 9, inputs: arity{1, 1}, lower: lowerIsNaN, noDerivative: discrete},
	{name: "Less", since: 1, inputs: arity{2, 2}, lower: compare(autodiff.Less), noDerivative: discrete},
	{name: "LessOrEqual", since: 12, inputs: arity{2, 2}, lower: compare(autodiff.LessEqual), noDerivative: discrete},
	{name: "Log", since: 1, inputs: arity{1, 1}, lower: lowerLog},
	{name: "Max", since: 1, inputs: arity{1, many}, lower: variadic(greatest)},
	{name: "Mean", since: 1, inputs: arity{1, many}, lower: lowerMean},
	{name: "Min", since: 1, inputs: arity{1, many}, lower: variadic(least)},
	{name: "Mod", since: 10, inputs: arity{2, 2}, lower: lowerMod},
	{name: "Mul", since: 1, inputs: arity{2, 2}, lower: binary(autodiff.Mul)},
	{name: "Neg", since: 1, inputs: arity{1, 1}, lower: unary(autodiff.Neg)},
	{name: "Not", since: 1, inputs: arity{1, 1}, lower: lowerNot, noDerivative: discrete},
	{name: "Or", since: 1, inputs: arity{2, 2}, lower: compare(autodiff.Or), noDerivative: discrete},
	{name: "Pow", since: 1, inputs: arity{2, 2}, lower: lowerPow},
	{name: "Reciprocal", since: 1, inputs: arity{1, 1}, lower: unary(autodiff.Reciprocal)},
	{name: "Round", since: 11, inputs: arity{1, 1}, lower: unary(autodiff.Round), noDerivative: stepwise},
	{name: "Sign", since: 9, inputs: arity{1, 1}, lower: unary(autodiff.Sign), noDerivative: stepwise},
	{name: "Sin", since: 7, inputs: arity{1, 1}, lower: unary(autodiff.Sin)},
	{name: "Sqrt", since: 1, inputs: arity{1, 1}, lower: unary(autodiff.Sqrt)},
	{name: "Sub", since: 1, inputs: arity{2, 2}, lower: binary(autodiff.Sub)},
	{name: "Sum", since: 1, inputs: arity{1, many}, lower: variadic(autodiff.Add)},
	{name: "Where", since: 9, inputs: arity{3, 3}, lower: lowerWhere},
	{name: "Xor", since: 1, inputs: arity{2, 2}, lower: compare(xor), noDerivative: discrete},
}

// unary lowers an operator that is one primitive.
func unary(f func(x *autodiff.Node) *autodiff.Node) lowering {
	return func(c *call) []value { return c.same(f(c.x(0))) }
}

// binary lowers an operator that is one primitive of two broadcast operands. Whole numbers wrap around.
func binary(f func(a, b *autodiff.Node) *autodiff.Node) lowering {
	return func(c *call) []value {
		y, t := f(c.pair()), c.in[0].DataType
		if isInteger(t) {
			y = wraps(y, t)
		}
		return one(y, t)
	}
}

// compare lowers an operator whose result is a truth value.
func compare(f func(a, b *autodiff.Node) *autodiff.Node) lowering {
	return func(c *call) []value { return one(f(c.pair()), boolType) }
}

func greater(a, b *autodiff.Node) *autodiff.Node        { return autodiff.Less(b, a) }
func greaterOrEqual(a, b *autodiff.Node) *autodiff.Node { return autodiff.LessEqual(b, a) }
func xor(a, b *autodiff.Node) *autodiff.Node            { return autodiff.Not(autodiff.Equal(a, b)) }

// pair returns the two operands. Before opset 7 they are broadcast on request only, with the axes of the second placed
// from attribute axis on.
func (c *call) pair() (a, b *autodiff.Node) {
	a, b = c.x(0), c.x(1)
	if c.op.opset >= 7 {
		return a, b
	}
	if broadcast, placed := c.flag("broadcast", false), c.has("axis"); !broadcast || !placed {
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
	return func(c *call) []value { return c.same(c.foldInputs(f)) }
}

// greatest is the maximum. A constant bounds the other operand as Clip does: max(x, 0) has the derivatives of a ReLU at 0
// too.
func greatest(a, b *autodiff.Node) *autodiff.Node {
	switch {
	case bounds(b):
		return clip(a, b, nil)
	case bounds(a):
		return clip(b, a, nil)
	}
	return autodiff.Max(a, b)
}

// least is the minimum, as greatest is the maximum.
func least(a, b *autodiff.Node) *autodiff.Node {
	switch {
	case bounds(b):
		return clip(a, nil, b)
	case bounds(a):
		return clip(b, nil, a)
	}
	return autodiff.Min(a, b)
}

// bounds reports whether x is a constant that bounds: NaN is no bound, but the result.
func bounds(x *autodiff.Node) bool {
	v, ok := x.Splat()
	return ok && v == v
}

func lowerMean(c *call) []value {
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

// integral truncates the first result if it is of an integer type.
func integral(l lowering) lowering {
	return func(c *call) []value {
		out := l(c)
		if isInteger(out[0].DataType) {
			out[0].Node = truncate(out[0].Node)
		}
		return out
	}
}

// lowerDiv: whole numbers divide as in C.
func lowerDiv(c *call) []value {
	q := autodiff.Div(c.pair())
	if !isFloat(c.in[0].DataType) {
		return c.same(truncate(q))
	}
	out := c.same(q)
	out[0].tail = softmaxOf(c.pair())
	return out
}

// lowerMod: the remainder has the sign of the divisor; with fmod, that of the dividend.
func lowerMod(c *call) []value {
	a, b := c.pair()
	fmod := c.flag("fmod", false)
	round := autodiff.Floor
	if fmod {
		round = truncate
	}
	r := autodiff.Sub(a, autodiff.Mul(b, round(autodiff.Div(a, b))))
	if divisors, ok := b.Value(); !isFloat(c.in[0].DataType) || ok && !slices.ContainsFunc(divisors, isInf) {
		return c.same(r)
	}
	// By an infinite divisor, 0 times infinity: what is left is the dividend, or the divisor if that has to give the sign.
	inf := c.scalar(math.Inf(1))
	rest := a
	if !fmod {
		rest = autodiff.Select(autodiff.Less(autodiff.Mul(autodiff.Sign(a), autodiff.Sign(b)), c.scalar(0)), b, a)
	}
	endless := autodiff.And(autodiff.Equal(autodiff.Abs(b), inf), autodiff.Less(autodiff.Abs(a), inf))
	return c.same(autodiff.Select(endless, rest, r))
}

func isInf(x float64) bool { return math.IsInf(x, 0) }

// lowerPow: x·x and √x have derivatives where the power's rule has none. The result is of the base's type: whole powers of
// whole numbers are, but for the rounding of floats and for fractions, which are at most 1/2; of others the fraction goes.
func lowerPow(c *call) []value {
	a, b := c.pair()
	y := autodiff.Pow(a, b)
	switch {
	case !isInteger(c.in[0].DataType):
	case isInteger(c.in[1].DataType):
		y = autodiff.Round(y)
	default:
		y = truncate(y)
	}
	return c.same(y)
}

func lowerNot(c *call) []value { return one(autodiff.Not(c.x(0)), boolType) }

func lowerIsNaN(c *call) []value {
	return one(autodiff.Not(autodiff.Equal(c.x(0), c.x(0))), boolType)
}

func lowerIsInf(c *call) []value {
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

func lowerWhere(c *call) []value {
	return one(autodiff.Select(c.x(0), c.x(1), c.x(2)), c.in[1].DataType)
}

// lowerIdentity: the result is the operand itself, with all that is known of it.
func lowerIdentity(c *call) []value { return []value{c.in[0]} }

// lowerDropout is the inference form: nothing is dropped. The optional mask is all true, or before opset 10 all 1.
func lowerDropout(c *call) []value {
	mask := value{Node: autodiff.BroadcastTo(c.scalar(1), c.x(0).Shape()...), DataType: boolType}
	if c.op.opset < 10 {
		mask.DataType = c.in[0].DataType
	}
	return []value{c.in[0], mask}
}

func lowerLog(c *call) []value {
	x := c.in[0]
	if t := x.tail; t != nil && t.operator == TailSoftmax && !t.apart && !t.guarded {
		y := autodiff.LogSoftmax(t.logits, t.axis)
		return []value{{Node: y, DataType: x.DataType, tail: &tail{operator: TailLogSoftmax, logits: t.logits, axis: t.axis}}}
	}
	return c.same(autodiff.Log(x.Node))
}
