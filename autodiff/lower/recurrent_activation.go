package lower

import (
	"strings"

	"onnx-metainit/autodiff"
)

// activations returns the functions that the attributes name, in the order of the gates for each direction. One direction
// can have those of two, as ONNX's own default for RNN does: the first count.
func (c *call) activations(names []string) []activation {
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
	out := make([]activation, len(names))
	for i, name := range names {
		switch strings.ToLower(name) {
		case "relu":
			out[i] = autodiff.ReLU
		case "tanh":
			out[i] = autodiff.Tanh
		case "sigmoid":
			out[i] = autodiff.Logistic
		case "softsign":
			out[i] = softsign
		case "softplus":
			out[i] = autodiff.Softplus
		case "leakyrelu":
			alpha := next(&alphas, 0.01)
			out[i] = func(x *autodiff.Node) *autodiff.Node { return leakyRelu(x, alpha) }
		case "thresholdedrelu":
			alpha := next(&alphas, 1)
			out[i] = func(x *autodiff.Node) *autodiff.Node { return thresholdedRelu(x, alpha) }
		case "elu":
			alpha := next(&alphas, 1)
			out[i] = func(x *autodiff.Node) *autodiff.Node { return elu(x, alpha) }
		case "affine":
			alpha, beta := next(&alphas, 1), next(&betas, 0)
			out[i] = func(x *autodiff.Node) *autodiff.Node { return shift(scale(x, alpha), beta) }
		case "scaledtanh":
			alpha, beta := next(&alphas, 1), next(&betas, 1)
			out[i] = func(x *autodiff.Node) *autodiff.Node { return scale(autodiff.Tanh(scale(x, beta)), alpha) }
		case "hardsigmoid":
			alpha, beta := next(&alphas, 0.2), next(&betas, 0.5)
			out[i] = func(x *autodiff.Node) *autodiff.Node { return hardSigmoid(x, alpha, beta) }
		default:
			c.fail("activation %q is not one of ONNX's", name)
		}
	}
	return out
}
