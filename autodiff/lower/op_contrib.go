package lower

import (
	"math"

	"onnx-metainit/autodiff"
)

// The operators of domain com.microsoft, which ONNX Runtime's optimisers and the exporters for it leave in models:
// https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md

const microsoft = "com.microsoft"

var contribRows = []operator{
	{name: "BiasAdd", domain: microsoft, since: 1, inputs: arity{3, 3}, lower: lowerBiasAdd},
	{name: "BiasDropout", domain: microsoft, since: 1, inputs: arity{2, 5}, lower: lowerBiasDropout, known: []int{3, 4},
		ignores: []string{"seed"}},
	{name: "BiasGelu", domain: microsoft, since: 1, inputs: arity{2, 2}, lower: withBias(gelu)},
	{name: "BiasSoftmax", domain: microsoft, since: 1, inputs: arity{2, 2}, lower: lowerBiasSoftmax,
		ignores: []string{"is_inner_broadcast"}},
	{name: "BiasSplitGelu", domain: microsoft, since: 1, inputs: arity{2, 2}, lower: lowerBiasSplitGelu},
	{name: "CDist", domain: microsoft, since: 1, inputs: arity{2, 2}, lower: lowerCDist},
	{name: "ExpandDims", domain: microsoft, since: 1, inputs: arity{2, 2}, lower: lowerExpandDims, known: []int{1}},
	{name: "FastGelu", domain: microsoft, since: 1, inputs: arity{1, 2}, lower: withBias(geluTanh)},
	{name: "Gelu", domain: microsoft, since: 1, inputs: arity{1, 1}, lower: unary(gelu)},
	{name: "QuickGelu", domain: microsoft, since: 1, inputs: arity{1, 1}, lower: lowerQuickGelu},
	{name: "ScaledSiLU", domain: microsoft, since: 1, inputs: arity{1, 2}, lower: lowerScaledSiLU},
}

// biased is input 0, with input 1 added if it is there: the bias, one element for each channel of the last axis.
func (c *call) biased() *autodiff.Node {
	if c.absent(1) {
		return c.x(0)
	}
	return autodiff.Add(c.x(0), c.x(1))
}

// withBias lowers an activation of the sum of input and bias.
func withBias(f activation) lowering {
	return func(c *call) []value { return c.same(f(c.biased())) }
}

func lowerQuickGelu(c *call) []value { return c.same(swish(c.x(0), c.float("alpha", 1.702))) }

// lowerBiasAdd adds bias and residual.
func lowerBiasAdd(c *call) []value { return c.same(autodiff.Add(c.biased(), c.x(2))) }

// lowerBiasDropout adds bias and, if it is there, residual, and drops nothing. The optional mask is all true.
func lowerBiasDropout(c *call) []value {
	y := autodiff.Add(c.x(0), autodiff.BroadcastTo(c.x(1), c.x(0).Shape()...))
	if !c.absent(2) {
		y = autodiff.Add(y, c.x(2))
	}
	return append(c.same(y), value{Node: autodiff.BroadcastTo(c.scalar(1), y.Shape()...), DataType: boolType})
}

// lowerBiasSplitGelu multiplies the first half of the channels by the GELU of the second.
func lowerBiasSplitGelu(c *call) []value {
	x := c.biased()
	last := x.Rank() - 1
	if last < 0 || x.Shape()[last]%2 != 0 {
		c.fail("shape %v cannot be halved", x.Shape())
	}
	half := x.Shape()[last] / 2
	return c.same(autodiff.Mul(autodiff.SliceAxis(x, last, 0, half), gelu(autodiff.SliceAxis(x, last, half, 2*half))))
}

// lowerBiasSoftmax is the softmax, over all axes from the given one on, of scores and a bias that broadcasts.
func lowerBiasSoftmax(c *call) []value {
	x := autodiff.Add(c.x(0), autodiff.BroadcastTo(c.x(1), c.x(0).Shape()...))
	shape := x.Shape()
	axis := c.axis(c.int("axis", 1), x.Rank())
	flat := autodiff.Reshape(x, product(shape[:axis]), product(shape[axis:]))
	return c.same(autodiff.Reshape(autodiff.Softmax(flat, 1), shape...))
}

// lowerExpandDims inserts an axis of size 1 at the place that input 1 says.
func lowerExpandDims(c *call) []value {
	return c.same(unsqueeze(c.x(0), c.axis(c.knownInt(1), c.x(0).Rank()+1)))
}

// lowerCDist gives the distance of every row of one matrix to every row of another.
func lowerCDist(c *call) []value {
	a, b := c.x(0), c.x(1)
	if a.Rank() != 2 || b.Rank() != 2 || a.Shape()[1] != b.Shape()[1] {
		c.fail("needs two matrices with rows of the same length")
	}
	rows, channels := a.Shape()[0], a.Shape()[1]
	d := autodiff.Sub(autodiff.Reshape(a, rows, 1, channels), b)
	square := autodiff.Sum(autodiff.Mul(d, d), 2)
	switch metric := c.text("metric", "sqeuclidean"); metric {
	case "sqeuclidean":
		return c.same(square)
	case "euclidean":
		return c.same(autodiff.Sqrt(square))
	default:
		c.fail("attribute \"metric\" is %q; only sqeuclidean and euclidean are supported", metric)
	}
	return nil
}

// lowerScaledSiLU is the SiLU of the input times a factor, input 1 or attribute alpha.
func lowerScaledSiLU(c *call) []value {
	x := scale(c.x(0), c.float("alpha", 1))
	if !c.absent(1) {
		x = autodiff.Mul(c.x(0), autodiff.Reshape(c.x(1)))
	}
	return c.same(swish(x, 1))
}

// defaultScale is attribute scale, where 0 stands for 1/√d.
func (c *call) defaultScale(d int) float64 {
	if v := c.float("scale", 0); v != 0 {
		return v
	}
	return 1 / math.Sqrt(float64(d))
}

// without refuses inputs that are not supported.
func (c *call) without(inputs map[int]string) {
	for i := range c.in {
		if name, ok := inputs[i]; ok && !c.absent(i) {
			c.fail("input %d (%s) is not supported", i, name)
		}
	}
}

// withoutFlags refuses attributes that switch on what is not supported.
func (c *call) withoutFlags(names ...string) {
	for _, name := range names {
		if v := c.int(name, 0); v != 0 {
			c.fail("attribute %q is %d; only 0 is supported", name, v)
		}
	}
}
