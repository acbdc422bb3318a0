package lower

import (
	"slices"
	"strings"

	"onnx-metainit/autodiff"
)

var contribFusedRows = []operator{
	{name: "FusedConv", domain: microsoft, since: 1, inputs: arity{2, 4}, lower: lowerFusedConv, factors: []int{0, 1},
		roles: roles{2: {Affine, "bias"}}, ignores: []string{"pads", "activation_params"}},
	{name: "FusedGemm", domain: microsoft, since: 1, inputs: arity{2, 3}, lower: lowerFusedGemm, factors: []int{0, 1},
		roles: roles{2: {Bias, "addend"}}, ignores: []string{"activation_alpha", "activation_beta", "activation_gamma"}},
	{name: "FusedMatMul", domain: microsoft, since: 1, inputs: arity{2, 2}, lower: lowerFusedMatMul, factors: []int{0, 1}},
	{name: "GemmFastGelu", domain: microsoft, since: 1, inputs: arity{2, 3}, lower: lowerGemmFastGelu, factors: []int{0, 1}},
	{name: "NhwcConv", domain: microsoft, since: 1, inputs: arity{2, 3}, lower: lowerNhwcConv, factors: []int{0, 1},
		roles: roles{2: {Affine, "bias"}}, ignores: []string{"pads"}},
	{name: "NhwcFusedConv", domain: microsoft, since: 1, inputs: arity{2, 4}, lower: lowerNhwcFusedConv, factors: []int{0, 1},
		roles: roles{2: {Affine, "bias"}}, ignores: []string{"pads", "activation_params"}},
	{name: "TransposeMatMul", domain: microsoft, since: 1, inputs: arity{2, 2}, lower: lowerFusedMatMul, factors: []int{0, 1}},
}

// fused applies the activation that attribute activation names, with the parameters that value gives.
func (c *call) fused(x *autodiff.Node, value func(i int, p parameter) float64) *autodiff.Node {
	name := c.text("activation", "")
	if name == "" {
		return x
	}
	var names []string
	for _, a := range namedActivations {
		switch {
		case !a.fused:
		case a.name == name:
			return a.apply(x, a.values(value))
		default:
			names = append(names, a.name)
		}
	}
	last := len(names) - 1
	c.fail("attribute \"activation\" is %q; supported are %s and %s", name, strings.Join(names[:last], ", "), names[last])
	return nil
}

// lowerFusedConv is Conv, then the sum with input 3 if it is there, then an activation.
func lowerFusedConv(c *call) []value {
	y := lowerConv(c)[0].Node
	if !c.absent(3) {
		y = autodiff.Add(y, autodiff.BroadcastTo(c.x(3), y.Shape()...))
	}
	parameters := c.floats("activation_params")
	return c.same(c.fused(y, func(i int, p parameter) float64 {
		if i < len(parameters) {
			return parameters[i]
		}
		return p.missing
	}))
}

// lowerNhwcConv is Conv with the channels last in data and result, not in the filters.
func lowerNhwcConv(c *call) []value {
	if c.x(0).Rank() < 3 {
		c.fail("needs a batch, at least one spatial axis and the channels")
	}
	first := *c
	first.in = slices.Clone(c.in)
	first.in[0].Node = channelsFirst(c.x(0))
	return c.same(channelsLast(lowerConv(&first)[0].Node))
}

// lowerNhwcFusedConv is FusedConv with the channels last in data, summand and result, not in the filters.
func lowerNhwcFusedConv(c *call) []value {
	first := *c
	first.in = slices.Clone(c.in)
	for _, i := range []int{0, 3} {
		if c.absent(i) {
			continue
		}
		if c.x(i).Rank() < 3 {
			c.fail("needs a batch, at least one spatial axis and the channels")
		}
		first.in[i].Node = channelsFirst(c.x(i))
	}
	return c.same(channelsLast(lowerFusedConv(&first)[0].Node))
}

// channelsFirst moves the last axis to place 1; channelsLast is its inverse.
func channelsFirst(x *autodiff.Node) *autodiff.Node {
	return autodiff.Transpose(x, append([]int{0, x.Rank() - 1}, count(1, x.Rank()-1)...)...)
}

func channelsLast(x *autodiff.Node) *autodiff.Node {
	return autodiff.Transpose(x, append(append([]int{0}, count(2, x.Rank())...), 1)...)
}

// lowerFusedGemm is Gemm, then an activation whose parameters are attributes of their own.
func lowerFusedGemm(c *call) []value {
	return c.same(c.fused(lowerGemm(c)[0].Node, func(_ int, p parameter) float64 {
		return c.float("activation_"+p.name, p.missing)
	}))
}

// lowerGemmFastGelu is the GELU, by its approximation, of a product and a bias.
func lowerGemmFastGelu(c *call) []value {
	y := autodiff.MatMul(c.x(0), c.x(1))
	if !c.absent(2) {
		y = autodiff.Add(y, c.x(2))
	}
	return c.same(geluTanh(y))
}

// lowerFusedMatMul is alpha times the product of two operands, each transposed if asked.
func lowerFusedMatMul(c *call) []value {
	a := c.turned(c.x(0), "transBatchA", "transA")
	b := c.turned(c.x(1), "transBatchB", "transB")
	return c.same(scale(autodiff.MatMul(a, b), c.float("alpha", 1)))
}

// turned moves the first axis of [m batch… k] to [batch… m k] if attribute batch says so, then swaps the last two if
// matrix does.
func (c *call) turned(x *autodiff.Node, batch, matrix string) *autodiff.Node {
	r := x.Rank()
	turnBatch, turnMatrix := c.flag(batch, false), c.flag(matrix, false)
	if r > 2 && turnBatch {
		x = autodiff.Transpose(x, append(count(1, r-1), 0, r-1)...)
	}
	if r > 1 && turnMatrix {
		x = autodiff.Transpose(x, append(count(0, r-2), r-1, r-2)...)
	}
	return x
}
