package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

// The experimental operators that ONNX retired with opset 10 and that old files have, such as Tiny YOLO v2. ONNX Runtime
// still runs them, and what it computes is what they mean here:
// https://github.com/onnx/onnx/blob/rel-1.4.1/docs/Operators.md

var retiredRows = []operator{
	{name: "Affine", since: 1, inputs: arity{1, 1}, lower: lowerAffine},
	{name: "Crop", since: 1, inputs: arity{1, 1}, lower: lowerCrop},
	{name: "ImageScaler", since: 1, inputs: arity{1, 1}, lower: lowerImageScaler},
	{name: "ParametricSoftplus", since: 1, inputs: arity{1, 1}, lower: lowerParametricSoftplus},
	{name: "Scale", since: 1, inputs: arity{1, 1}, lower: lowerScale},
	{name: "ScaledTanh", since: 1, inputs: arity{1, 1}, lower: lowerScaledTanh},
}

// lowerAffine is α·x + β.
func lowerAffine(c *call) []value {
	return c.same(shift(scale(c.x(0), c.float("alpha", 1)), c.float("beta", 0)))
}

// lowerScale is x times attribute scale.
func lowerScale(c *call) []value { return c.same(scale(c.x(0), c.float("scale", 1))) }

// lowerImageScaler is x [n c h w] times attribute scale, plus one bias for each channel.
func lowerImageScaler(c *call) []value {
	x := scale(c.image(), c.float("scale", 1))
	bias := c.floats("bias")
	if channels := x.Shape()[1]; len(bias) != channels {
		c.fail("attribute \"bias\" has %d values, expected one for each of %d channels", len(bias), channels)
	}
	return c.same(autodiff.Add(x, perChannel(c.graph.Const(bias, len(bias)), x.Rank())))
}

// lowerParametricSoftplus is α·log(e^(βx) + 1).
func lowerParametricSoftplus(c *call) []value {
	alpha, beta := c.slopes()
	return c.same(scale(autodiff.Softplus(scale(c.x(0), beta)), alpha))
}

// lowerScaledTanh is α·tanh(βx).
func lowerScaledTanh(c *call) []value {
	alpha, beta := c.slopes()
	return c.same(scale(autodiff.Tanh(scale(c.x(0), beta)), alpha))
}

// slopes returns attributes alpha and beta of an activation that has no defaults for them.
func (c *call) slopes() (alpha, beta float64) {
	for _, name := range []string{"alpha", "beta"} {
		if !c.has(name) {
			c.fail("attribute %q is missing", name)
		}
	}
	return c.float("alpha", 0), c.float("beta", 0)
}

// lowerCrop takes the border (left, top, right, bottom) off an image [n c h w]; with attribute scale (height, width), what
// is left has that size, whatever right and bottom say.
func lowerCrop(c *call) []value {
	x := c.image()
	border := c.intsOr("border", 4, 0)
	lo, hi := []int{0, 0, border[1], border[0]}, slices.Clone(x.Shape())
	if c.has("scale") {
		size := c.intsOr("scale", 2, 0)
		hi[2], hi[3] = lo[2]+size[0], lo[3]+size[1]
	} else {
		hi[2], hi[3] = hi[2]-border[3], hi[3]-border[2]
	}
	for a := 2; a < 4; a++ {
		if lo[a] < 0 || hi[a] < lo[a] || hi[a] > x.Shape()[a] {
			c.fail("elements %d to %d are outside axis %d of size %d", lo[a], hi[a], a, x.Shape()[a])
		}
	}
	return c.same(autodiff.Slice(x, lo, hi, []int{1, 1, 1, 1}))
}

// image is input 0, which must be of shape [n c h w].
func (c *call) image() *autodiff.Node {
	x := c.x(0)
	if x.Rank() != 4 {
		c.fail("has %d axes, expected [n c h w]", x.Rank())
	}
	return x
}
