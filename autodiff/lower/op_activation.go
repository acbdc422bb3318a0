package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

var activationRows = []operator{
	{name: "Celu", since: 12, inputs: arity{1, 1}, lower: lowerCelu},
	{name: "Clip", since: 1, inputs: arity{1, 3}, lower: lowerClip, ignores: []string{"min", "max"}},
	{name: "Elu", since: 1, inputs: arity{1, 1}, lower: lowerActivation},
	{name: "Gelu", since: 20, inputs: arity{1, 1}, lower: lowerGelu},
	{name: "HardSigmoid", since: 1, inputs: arity{1, 1}, lower: lowerActivation},
	{name: "HardSwish", since: 14, inputs: arity{1, 1}, lower: lowerActivation},
	{name: "Hardmax", since: 1, inputs: arity{1, 1}, lower: lowerHardmax, noDerivative: stepwise},
	{name: "LeakyRelu", since: 1, inputs: arity{1, 1}, lower: lowerActivation},
	{name: "LogSoftmax", since: 1, inputs: arity{1, 1}, lower: softmax("LogSoftmax", autodiff.LogSoftmax)},
	{name: "Mish", since: 18, inputs: arity{1, 1}, lower: unary(mish)},
	{name: "PRelu", since: 1, inputs: arity{2, 2}, lower: lowerPRelu, roles: roles{1: {Affine, "slope"}}},
	{name: "Relu", since: 1, inputs: arity{1, 1}, lower: lowerActivation},
	{name: "Selu", since: 1, inputs: arity{1, 1}, lower: lowerSelu},
	{name: "Shrink", since: 9, inputs: arity{1, 1}, lower: lowerShrink},
	{name: "Sigmoid", since: 1, inputs: arity{1, 1}, lower: lowerSigmoid},
	{name: "Softmax", since: 1, inputs: arity{1, 1}, lower: softmax("Softmax", autodiff.Softmax)},
	{name: "Softplus", since: 1, inputs: arity{1, 1}, lower: lowerActivation},
	{name: "Softsign", since: 1, inputs: arity{1, 1}, lower: lowerActivation},
	{name: "SwiGLU", since: 28, inputs: arity{2, 2}, lower: lowerSwiGLU},
	{name: "Swish", since: 24, inputs: arity{1, 1}, lower: lowerSwish},
	{name: "Tanh", since: 1, inputs: arity{1, 1}, lower: lowerActivation},
	{name: "ThresholdedRelu", since: 1, inputs: arity{1, 1}, lower: lowerActivation},
}

func lowerSigmoid(c *call) []value {
	x := c.in[0]
	return []value{{Node: autodiff.Logistic(x.Node), DataType: x.DataType, tail: &tail{operator: TailSigmoid, logits: x.Node}}}
}

// lowerPRelu: before opset 7 the slope has one axis, that of the channels.
func lowerPRelu(c *call) []value {
	x, slope := c.x(0), c.x(1)
	if c.op.opset < 7 && slope.Size() > 1 && slope.Rank() == 1 {
		slope = perChannel(slope, x.Rank())
	}
	return c.same(autodiff.Select(positive(x), x, autodiff.Mul(x, slope)))
}

func lowerCelu(c *call) []value { return c.same(celu(c.x(0), c.float("alpha", 1))) }

func lowerSelu(c *call) []value {
	alpha, gamma := c.float("alpha", seluAlpha), c.float("gamma", seluGamma)
	if c.op.opset < 6 {
		alpha, gamma = c.float("alpha", 1.6732), c.float("gamma", 1.0507)
	}
	return c.same(selu(c.x(0), alpha, gamma))
}

func lowerShrink(c *call) []value {
	x, lambda, bias := c.x(0), c.float("lambd", 0.5), c.float("bias", 0)
	low := autodiff.Select(autodiff.Less(x, c.scalar(-lambda)), shift(x, bias), c.scalar(0))
	return c.same(autodiff.Select(autodiff.Less(c.scalar(lambda), x), shift(x, -bias), low))
}

func lowerGelu(c *call) []value {
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

func lowerSwish(c *call) []value { return c.same(swish(c.x(0), c.float("alpha", 1))) }

// lowerSwiGLU: https://onnx.ai/onnx/operators/onnx__SwiGLU.html
func lowerSwiGLU(c *call) []value {
	gate, x := c.x(0), c.x(1)
	if !slices.Equal(gate.Shape(), x.Shape()) {
		c.fail("the inputs have shapes %v and %v, expected the same", gate.Shape(), x.Shape())
	}
	return c.same(autodiff.Mul(swish(gate, c.float("alpha", 1)), x))
}

// lowerClip: the bounds are attributes before opset 11, inputs since.
func lowerClip(c *call) []value {
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
	return []value{{Node: clip(c.x(0), lo, hi), DataType: c.in[0].DataType, tail: c.clippedTail(lo, hi)}}
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
	return func(c *call) []value {
		x, axis := c.x(0), c.softmaxAxis()
		shape := x.Shape()
		switch {
		case x.Size() == 0:
			return c.same(x)
		case c.op.opset >= 13 || product(shape[axis:]) == shape[axis]:
			return []value{{Node: f(x, axis), DataType: c.in[0].DataType, tail: &tail{operator: operator, logits: x, axis: axis}}}
		}
		flat := autodiff.Reshape(x, product(shape[:axis]), product(shape[axis:]))
		return c.same(autodiff.Reshape(f(flat, 1), shape...))
	}
}

// lowerHardmax is 1 at the first maximum along the axis, or before opset 13 over all axes from it on, else 0. No elements
// give none.
func lowerHardmax(c *call) []value {
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
