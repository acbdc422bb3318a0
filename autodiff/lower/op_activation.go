package lower

import (
	"math"

	"onnx-metainit/autodiff"
)

// The activations choose by Select and not by Max and Min, so that the derivative where pieces meet is the one that
// training frameworks use: at x = 0, that of the piece for x ≤ 0.

var activationRows = []operator{
	{name: "Celu", since: 12, inputs: arity{1, 1}, lower: lowerCelu},
	{name: "Clip", since: 1, inputs: arity{1, 3}, lower: lowerClip, ignores: []string{"min", "max"}},
	{name: "Elu", since: 1, inputs: arity{1, 1}, lower: lowerElu},
	{name: "Gelu", since: 20, inputs: arity{1, 1}, lower: lowerGelu},
	{name: "HardSigmoid", since: 1, inputs: arity{1, 1}, lower: lowerHardSigmoid},
	{name: "HardSwish", since: 14, inputs: arity{1, 1}, lower: unary(hardSwish)},
	{name: "Hardmax", since: 1, inputs: arity{1, 1}, lower: lowerHardmax, noDerivative: stepwise},
	{name: "LeakyRelu", since: 1, inputs: arity{1, 1}, lower: lowerLeakyRelu},
	{name: "LogSoftmax", since: 1, inputs: arity{1, 1}, lower: softmax("LogSoftmax", autodiff.LogSoftmax)},
	{name: "Mish", since: 18, inputs: arity{1, 1}, lower: unary(mish)},
	{name: "PRelu", since: 1, inputs: arity{2, 2}, lower: lowerPRelu, roles: roles{1: {Affine, "slope"}}},
	{name: "Relu", since: 1, inputs: arity{1, 1}, lower: unary(autodiff.ReLU)},
	{name: "Selu", since: 1, inputs: arity{1, 1}, lower: lowerSelu},
	{name: "Shrink", since: 9, inputs: arity{1, 1}, lower: lowerShrink},
	{name: "Sigmoid", since: 1, inputs: arity{1, 1}, lower: lowerSigmoid},
	{name: "Softmax", since: 1, inputs: arity{1, 1}, lower: softmax("Softmax", autodiff.Softmax)},
	{name: "Softplus", since: 1, inputs: arity{1, 1}, lower: unary(autodiff.Softplus)},
	{name: "Softsign", since: 1, inputs: arity{1, 1}, lower: unary(softsign)},
	{name: "Swish", since: 24, inputs: arity{1, 1}, lower: lowerSwish},
	{name: "Tanh", since: 1, inputs: arity{1, 1}, lower: unary(autodiff.Tanh)},
	{name: "ThresholdedRelu", since: 1, inputs: arity{1, 1}, lower: lowerThresholdedRelu},
}

func positive(x *autodiff.Node) *autodiff.Node { return autodiff.Less(scalarOf(x, 0), x) }

func scalarOf(x *autodiff.Node, v float64) *autodiff.Node { return x.Graph().Scalar(v) }

func scale(x *autodiff.Node, by float64) *autodiff.Node {
	if by == 1 {
		return x
	}
	return autodiff.Mul(x, scalarOf(x, by))
}

func shift(x *autodiff.Node, by float64) *autodiff.Node {
	if by == 0 {
		return x
	}
	return autodiff.Add(x, scalarOf(x, by))
}

// nonPositive is x where x ≤ 0, else 0.
func nonPositive(x *autodiff.Node) *autodiff.Node {
	return autodiff.Select(positive(x), scalarOf(x, 0), x)
}

func leakyRelu(x *autodiff.Node, alpha float64) *autodiff.Node {
	return autodiff.Select(positive(x), x, scale(x, alpha))
}

// elu is x where x > 0, else α(eˣ − 1).
func elu(x *autodiff.Node, alpha float64) *autodiff.Node {
	return autodiff.Select(positive(x), x, scale(autodiff.Expm1(nonPositive(x)), alpha))
}

// celu is x where x > 0, else α(e^(x/α) − 1).
func celu(x *autodiff.Node, alpha float64) *autodiff.Node {
	return autodiff.Select(positive(x), x, scale(autodiff.Expm1(scale(nonPositive(x), 1/alpha)), alpha))
}

func softsign(x *autodiff.Node) *autodiff.Node {
	return autodiff.Div(x, shift(autodiff.Abs(x), 1))
}

func thresholdedRelu(x *autodiff.Node, alpha float64) *autodiff.Node {
	return autodiff.Select(autodiff.Less(scalarOf(x, alpha), x), x, scalarOf(x, 0))
}

// clip is x between lo and hi (nil: no bound), the bounds themselves counting as outside; NaN stays NaN.
func clip(x, lo, hi *autodiff.Node) *autodiff.Node {
	y := x
	if lo != nil {
		y = autodiff.Select(autodiff.LessEqual(x, lo), lo, y)
	}
	if hi != nil {
		y = autodiff.Select(autodiff.LessEqual(hi, y), hi, y)
	}
	return y
}

func hardSigmoid(x *autodiff.Node, alpha, beta float64) *autodiff.Node {
	return clip(shift(scale(x, alpha), beta), scalarOf(x, 0), scalarOf(x, 1))
}

// hardSwish is 0 up to −3, x from 3 on and x·(x/6 + ½) between: in pieces, so that its derivative lets nothing pass below.
func hardSwish(x *autodiff.Node) *autodiff.Node {
	y := autodiff.Mul(x, shift(scale(x, 1.0/6), 0.5))
	y = autodiff.Select(autodiff.LessEqual(scalarOf(x, 3), x), x, y)
	return autodiff.Select(autodiff.LessEqual(x, scalarOf(x, -3)), scalarOf(x, 0), y)
}

func mish(x *autodiff.Node) *autodiff.Node {
	return autodiff.Mul(x, autodiff.Tanh(autodiff.Softplus(x)))
}

// gelu is x·Φ(x), Φ the normal distribution.
func gelu(x *autodiff.Node) *autodiff.Node {
	phi := scale(shift(autodiff.Erf(scale(x, math.Sqrt2/2)), 1), 0.5)
	return autodiff.Mul(x, phi)
}

// geluTanh is x/2 · (1 + tanh(√(2/π)(x + 0.044715 x³))).
func geluTanh(x *autodiff.Node) *autodiff.Node {
	cube := autodiff.Mul(autodiff.Mul(x, x), x)
	inner := scale(autodiff.Add(x, scale(cube, 0.044715)), math.Sqrt(2/math.Pi))
	return autodiff.Mul(scale(x, 0.5), shift(autodiff.Tanh(inner), 1))
}

func lowerSigmoid(c *call) []Value {
	x := c.in[0]
	return []Value{{Node: autodiff.Logistic(x.Node), DataType: x.DataType, tail: &tail{operator: TailSigmoid, logits: x.Node}}}
}

func lowerLeakyRelu(c *call) []Value { return c.same(leakyRelu(c.x(0), c.float("alpha", 0.01))) }

// lowerPRelu: before opset 7 the slope has one axis, that of the channels.
func lowerPRelu(c *call) []Value {
	x, slope := c.x(0), c.x(1)
	if c.op.opset < 7 && slope.Size() > 1 && slope.Rank() == 1 {
		slope = perChannel(slope, x.Rank())
	}
	return c.same(autodiff.Select(positive(x), x, autodiff.Mul(x, slope)))
}

func lowerElu(c *call) []Value { return c.same(elu(c.x(0), c.float("alpha", 1))) }

func lowerCelu(c *call) []Value { return c.same(celu(c.x(0), c.float("alpha", 1))) }

func lowerSelu(c *call) []Value {
	alpha, gamma := c.float("alpha", seluAlpha), c.float("gamma", seluGamma)
	if c.op.opset < 6 {
		alpha, gamma = c.float("alpha", 1.6732), c.float("gamma", 1.0507)
	}
	return c.same(selu(c.x(0), alpha, gamma))
}

func selu(x *autodiff.Node, alpha, gamma float64) *autodiff.Node { return scale(elu(x, alpha), gamma) }

func lowerHardSigmoid(c *call) []Value {
	return c.same(hardSigmoid(c.x(0), c.float("alpha", 0.2), c.float("beta", 0.5)))
}

func lowerThresholdedRelu(c *call) []Value {
	return c.same(thresholdedRelu(c.x(0), c.float("alpha", 1)))
}

func lowerShrink(c *call) []Value {
	x, lambda, bias := c.x(0), c.float("lambd", 0.5), c.float("bias", 0)
	low := autodiff.Select(autodiff.Less(x, c.scalar(-lambda)), shift(x, bias), c.scalar(0))
	return c.same(autodiff.Select(autodiff.Less(c.scalar(lambda), x), shift(x, -bias), low))
}

func lowerGelu(c *call) []Value {
	switch kind := c.text("approximate", "none"); kind {
	case "none":
		return c.same(gelu(c.x(0)))
	case "tanh":
		return c.same(geluTanh(c.x(0)))
	default:
		c.fail("attribute \"approximate\" is %q, expected none or tanh", kind)
	}
	return nil
}

func lowerSwish(c *call) []Value {
	x := c.x(0)
	return c.same(autodiff.Mul(x, autodiff.Logistic(scale(x, c.float("alpha", 1)))))
}

// lowerClip: the bounds are attributes before opset 11, inputs since.
func lowerClip(c *call) []Value {
	bound := func(i int, name string) *autodiff.Node {
		switch {
		case !c.absent(i):
			return c.x(i)
		case c.op.opset < 11 && c.has(name):
			return c.scalar(c.float(name, 0))
		}
		return nil
	}
	lo, hi := bound(1, "min"), bound(2, "max")
	return []Value{{Node: clip(c.x(0), lo, hi), DataType: c.in[0].DataType, tail: c.clippedTail(lo, hi)}}
}

// softmaxAxis returns attribute axis: by default the last axis since opset 13, axis 1 before.
func (c *call) softmaxAxis() int {
	missing := -1
	if c.op.opset < 13 {
		missing = 1
	}
	return c.axis(c.int("axis", missing), c.x(0).Rank())
}

// softmax lowers Softmax and LogSoftmax: along one axis since opset 13, over all axes from the given one on before. No
// elements give none.
func softmax(operator string, f func(x *autodiff.Node, axis int) *autodiff.Node) lowering {
	return func(c *call) []Value {
		x, axis := c.x(0), c.softmaxAxis()
		shape := x.Shape()
		switch {
		case x.Size() == 0:
			return c.same(x)
		case c.op.opset >= 13 || product(shape[axis:]) == shape[axis]:
			return []Value{{Node: f(x, axis), DataType: c.in[0].DataType, tail: &tail{operator: operator, logits: x, axis: axis}}}
		}
		flat := autodiff.Reshape(x, product(shape[:axis]), product(shape[axis:]))
		return c.same(autodiff.Reshape(f(flat, 1), shape...))
	}
}

// lowerHardmax is 1 at the first maximum along the axis, or before opset 13 over all axes from it on, else 0. No elements
// give none.
func lowerHardmax(c *call) []Value {
	x, axis := c.x(0), c.softmaxAxis()
	if x.Size() == 0 {
		return c.same(x)
	}
	shape, flat := x.Shape(), x
	if c.op.opset < 13 {
		axis, flat = 1, autodiff.Reshape(x, product(shape[:axis]), product(shape[axis:]))
	}
	hot := oneHot(c, autodiff.ArgMax(flat, axis), axis, flat.Shape()[axis])
	return c.same(autodiff.Reshape(hot, shape...))
}
