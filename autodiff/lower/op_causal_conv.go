package lower

import "onnx-metainit/autodiff"

var causalConvRows = []operator{
	{name: "CausalConvWithState", since: 27, inputs: arity{2, 4}, lower: lowerCausalConvWithState},
}

// lowerCausalConvWithState convolves each channel with its own filter over the elements before: those of the sequence,
// before them past_state or zeros. https://onnx.ai/onnx/operators/onnx__CausalConvWithState.html
func lowerCausalConvWithState(c *call) []value {
	x, w := c.x(0), c.x(1)
	if x.Rank() != 3 || w.Rank() != 3 || w.Shape()[0] != x.Shape()[1] || w.Shape()[1] != 1 || w.Shape()[2] < 1 {
		c.fail("needs data [batch channels length] and filters [channels 1 size]")
	}
	before := w.Shape()[2] - 1
	past := autodiff.BroadcastTo(c.scalar(0), x.Shape()[0], x.Shape()[1], before)
	if !c.absent(3) {
		if past = c.x(3); past.Rank() != 3 || past.Shape()[2] != before {
			c.fail("the past state has shape %v, expected %d elements of each channel", past.Shape(), before)
		}
	}
	whole := autodiff.Concat(2, past, x)
	y := c.addBias(autodiff.Conv(whole, w, autodiff.ConvSpec{Groups: x.Shape()[1]}), 2)
	switch name := c.text("activation", "none"); name {
	case "none":
	case "silu", "swish":
		y = swish(y, 1)
	default:
		c.fail("attribute \"activation\" is %q, expected silu, swish or none", name)
	}
	size := whole.Shape()[2]
	return append(c.same(y), c.same(autodiff.SliceAxis(whole, 2, size-before, size))...)
}
