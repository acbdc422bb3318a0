package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

var swigluRows = []operator{
	{name: "SwiGLU", since: 28, inputs: arity{2, 2}, lower: lowerSwiGLU},
}

// swish is x·σ(alpha·x).
func swish(x *autodiff.Node, alpha float64) *autodiff.Node {
	return autodiff.Mul(x, autodiff.Logistic(scale(x, alpha)))
}

// lowerSwiGLU: https://onnx.ai/onnx/operators/onnx__SwiGLU.html
func lowerSwiGLU(c *call) []Value {
	gate, x := c.x(0), c.x(1)
	if !slices.Equal(gate.Shape(), x.Shape()) {
		c.fail("the inputs have shapes %v and %v, expected the same", gate.Shape(), x.Shape())
	}
	return c.same(autodiff.Mul(swish(gate, c.float("alpha", 1)), x))
}
