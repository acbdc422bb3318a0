package lower

import (
	"slices"
	"strings"

	"onnx-metainit/autodiff"
)

// namedActivation is a function of ONNX's, and what tells it apart from others.
type namedActivation struct {
	name        string
	alpha, beta float64
	apply       activation
}

// activations returns the functions of the gates, of which the defaults of one direction are given. The attributes name
// those of each direction; one direction can have those of two, as ONNX's own default for RNN does: the first count. Where
// two directions differ, the function is that of each for its part [1 …] of the first axis.
func (c *call) activations(defaults []string, dirs int) []activation {
	list, gates := c.namedActivations(slices.Repeat(defaults, dirs)), len(defaults)
	out := make([]activation, gates)
	for i := range out {
		first, last := list[i], list[len(list)-gates+i]
		out[i] = first.apply
		if first.name != last.name || first.alpha != last.alpha || first.beta != last.beta {
			out[i] = func(x *autodiff.Node) *autodiff.Node {
				return autodiff.Concat(0, first.apply(autodiff.SliceAxis(x, 0, 0, 1)), last.apply(autodiff.SliceAxis(x, 0, 1, 2)))
			}
		}
	}
	return out
}

// namedActivations returns the functions that the attributes name, or else the given ones.
func (c *call) namedActivations(names []string) []namedActivation {
	if given := c.texts("activations"); len(given) > 0 {
		if len(given) == 2*len(names) && c.text("direction", "forward") != "bidirectional" {
			given = given[:len(names)]
		}
		if len(given) != len(names) {
			c.fail("%d activations %v, expected %d", len(given), given, len(names))
		}
		names = given
	}
	alphas, betas := c.floats("activation_alpha"), c.floats("activation_beta")
	// The lists have values only for the functions that take them, in order.
	next := func(list *[]float64, missing float64) float64 {
		if len(*list) == 0 {
			return missing
		}
		v := (*list)[0]
		*list = (*list)[1:]
		return v
	}
	out := make([]namedActivation, len(names))
	for i, name := range names {
		a := &out[i]
		a.name = strings.ToLower(name)
		switch a.name {
		case "relu":
			a.apply = autodiff.ReLU
		case "tanh":
			a.apply = autodiff.Tanh
		case "sigmoid":
			a.apply = autodiff.Logistic
		case "softsign":
			a.apply = softsign
		case "softplus":
			a.apply = autodiff.Softplus
		case "leakyrelu":
			a.alpha = next(&alphas, 0.01)
			a.apply = func(x *autodiff.Node) *autodiff.Node { return leakyRelu(x, a.alpha) }
		case "thresholdedrelu":
			a.alpha = next(&alphas, 1)
			a.apply = func(x *autodiff.Node) *autodiff.Node { return thresholdedRelu(x, a.alpha) }
		case "elu":
			a.alpha = next(&alphas, 1)
			a.apply = func(x *autodiff.Node) *autodiff.Node { return elu(x, a.alpha) }
		case "affine":
			a.alpha, a.beta = next(&alphas, 1), next(&betas, 0)
			a.apply = func(x *autodiff.Node) *autodiff.Node { return shift(scale(x, a.alpha), a.beta) }
		case "scaledtanh":
			a.alpha, a.beta = next(&alphas, 1), next(&betas, 1)
			a.apply = func(x *autodiff.Node) *autodiff.Node { return scale(autodiff.Tanh(scale(x, a.beta)), a.alpha) }
		case "hardsigmoid":
			a.alpha, a.beta = next(&alphas, 0.2), next(&betas, 0.5)
			a.apply = func(x *autodiff.Node) *autodiff.Node { return hardSigmoid(x, a.alpha, a.beta) }
		default:
			c.fail("activation %q is not one of ONNX's", name)
		}
	}
	return out
}
