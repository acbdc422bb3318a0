package lower

import (
	"math"
	"slices"

	"onnx-metainit/autodiff"
)

// activation is a function that is applied elementwise.
type activation func(x *autodiff.Node) *autodiff.Node

// namedActivation is an activation that is an operator of ONNX's and that attributes of other operators name.
type namedActivation struct {
	name       string
	parameters []parameter // in alphabetical order
	apply      func(x *autodiff.Node, p []float64) *autodiff.Node
	gate       bool // RNN, GRU and LSTM can have it
	fused      bool // ONNX Runtime fuses it into products and convolutions
}

// parameter is an attribute of an activation, or an input where it is a number, with its default.
type parameter struct {
	name    string
	missing float64
}

var namedActivations = []namedActivation{
	{"Relu", nil, plain(autodiff.ReLU), true, true},
	{"Tanh", nil, plain(autodiff.Tanh), true, true},
	{"Sigmoid", nil, plain(autodiff.Logistic), true, true},
	{"Softplus", nil, plain(autodiff.Softplus), true, true},
	{"Softsign", nil, plain(softsign), true, true},
	{"HardSwish", nil, plain(hardSwish), false, true},
	{"Elu", []parameter{{"alpha", 1}}, with1(elu), true, true},
	{"Selu", []parameter{{"alpha", seluAlpha}, {"gamma", seluGamma}}, with2(selu), false, true},
	{"LeakyRelu", []parameter{{"alpha", 0.01}}, with1(leakyRelu), true, true},
	{"ThresholdedRelu", []parameter{{"alpha", 1}}, with1(thresholdedRelu), true, true},
	{"HardSigmoid", []parameter{{"alpha", 0.2}, {"beta", 0.5}}, with2(hardSigmoid), true, true},
	{"Clip", []parameter{{"min", math.Inf(-1)}, {"max", math.Inf(1)}}, with2(clipTo), false, true},
	{"Affine", []parameter{{"alpha", 1}, {"beta", 0}}, with2(affine), true, false},
	{"ScaledTanh", []parameter{{"alpha", 1}, {"beta", 1}}, with2(scaledTanh), true, false},
}

func plain(f activation) func(*autodiff.Node, []float64) *autodiff.Node {
	return func(x *autodiff.Node, _ []float64) *autodiff.Node { return f(x) }
}

func with1(f func(x *autodiff.Node, a float64) *autodiff.Node) func(*autodiff.Node, []float64) *autodiff.Node {
	return func(x *autodiff.Node, p []float64) *autodiff.Node { return f(x, p[0]) }
}

func with2(f func(x *autodiff.Node, a, b float64) *autodiff.Node) func(*autodiff.Node, []float64) *autodiff.Node {
	return func(x *autodiff.Node, p []float64) *autodiff.Node { return f(x, p[0], p[1]) }
}

// values returns the parameters, each as value gives it.
func (a *namedActivation) values(value func(i int, p parameter) float64) []float64 {
	var list []float64
	for i, p := range a.parameters {
		list = append(list, value(i, p))
	}
	return list
}

// lowerActivation lowers an operator that is a named activation and whose parameters are attributes.
func lowerActivation(c *call) []value {
	a := &namedActivations[slices.IndexFunc(namedActivations, func(a namedActivation) bool { return a.name == c.op.operator })]
	return c.same(a.apply(c.x(0), a.values(func(_ int, p parameter) float64 { return c.float(p.name, p.missing) })))
}

// The activations choose by Select and not by Max and Min, so that the derivative where pieces meet is the one that
// training frameworks use: at x = 0, that of the piece for x ≤ 0.

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

func selu(x *autodiff.Node, alpha, gamma float64) *autodiff.Node { return scale(elu(x, alpha), gamma) }

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

// clipTo is clip between two numbers.
func clipTo(x *autodiff.Node, lo, hi float64) *autodiff.Node {
	return clip(x, scalarOf(x, lo), scalarOf(x, hi))
}

func hardSigmoid(x *autodiff.Node, alpha, beta float64) *autodiff.Node {
	return clip(shift(scale(x, alpha), beta), scalarOf(x, 0), scalarOf(x, 1))
}

// hardSwish is 0 up to −3, x from 3 on and x·(x/6 + ½) between: in pieces, so that its derivative below −3 is 0.
func hardSwish(x *autodiff.Node) *autodiff.Node {
	y := autodiff.Mul(x, shift(scale(x, 1.0/6), 0.5))
	y = autodiff.Select(autodiff.LessEqual(scalarOf(x, 3), x), x, y)
	return autodiff.Select(autodiff.LessEqual(x, scalarOf(x, -3)), scalarOf(x, 0), y)
}

// swish is x·σ(αx), for α = 1 also called SiLU.
func swish(x *autodiff.Node, alpha float64) *autodiff.Node {
	return autodiff.Mul(x, autodiff.Logistic(scale(x, alpha)))
}

func affine(x *autodiff.Node, alpha, beta float64) *autodiff.Node {
	return shift(scale(x, alpha), beta)
}

func scaledTanh(x *autodiff.Node, alpha, beta float64) *autodiff.Node {
	return scale(autodiff.Tanh(scale(x, beta)), alpha)
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
