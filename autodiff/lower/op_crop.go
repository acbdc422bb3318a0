package lower

import "onnx-metainit/autodiff"

var cropRows = []operator{
	{name: "CenterCropPad", since: 18, inputs: arity{2, 2}, lower: lowerCenterCropPad, known: []int{1}},
}

// lowerCenterCropPad crops axes, or pads them with zeros, to the given sizes on both sides; an odd rest goes to the end.
func lowerCenterCropPad(c *call) []value {
	x, sizes := c.x(0), c.knownInts(1)
	axes := count(0, x.Rank())
	if given, ok := c.ints("axes"); ok {
		axes = c.axes(given, x.Rank())
	}
	if len(sizes) != len(axes) {
		c.fail("%d sizes %v for %d axes", len(sizes), sizes, len(axes))
	}
	lo, hi := make([]int, x.Rank()), make([]int, x.Rank())
	for i, a := range axes {
		size := x.Shape()[a]
		if sizes[i] < 0 || sizes[i] > maxSize {
			c.fail("sizes %v are out of range", sizes)
		}
		if sizes[i] < size {
			lo[a] = -((size - sizes[i]) / 2)
		} else {
			lo[a] = (sizes[i] - size) / 2
		}
		hi[a] = sizes[i] - size - lo[a]
	}
	return c.same(autodiff.Pad(x, lo, hi, nil))
}
