package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

var col2imRows = []operator{
	{name: "Col2Im", since: 18, inputs: arity{3, 3}, lower: lowerCol2Im, known: []int{1, 2}},
}

// lowerCol2Im adds the columns of x [n c·k l], each the elements of a block of k, to images [n c spatial…] at the positions
// of the blocks: the adjoint of a convolution whose filters pick one element of the block each.
func lowerCol2Im(c *call) []value {
	x, image, block := c.x(0), c.knownInts(1), c.knownInts(2)
	if len(image) != len(block) || len(image) < 1 || len(image) > 3 || x.Rank() != 3 {
		c.fail("input %v, image %v and block %v do not fit, expected 1 to 3 spatial axes", x.Shape(), image, block)
	}
	g := c.pad(c.geometry(image, block), image)
	kernel, out := 1, []int{}
	for i, size := range image {
		if size < 1 || size > maxCount || block[i] > maxImageBlock/kernel {
			c.fail("images %v and blocks %v are out of range", image, block)
		}
		kernel *= block[i]
		room := size + g.lo[i] + g.hi[i] - g.reach(i)
		if room < 0 {
			c.fail("blocks %v do not fit into images %v", block, image)
		}
		out = append(out, room/g.strides[i]+1)
	}
	n, channels := x.Shape()[0], x.Shape()[1]/kernel
	if channels*kernel != x.Shape()[1] || product(out) != x.Shape()[2] {
		c.fail("input %v does not hold blocks of %d elements at %v positions", x.Shape(), kernel, out)
	}
	identity := make([]float64, kernel*kernel)
	for i := range kernel {
		identity[i*kernel+i] = 1
	}
	filters := c.graph.Const(identity, append([]int{kernel, 1}, block...)...)
	columns := autodiff.Reshape(x, append([]int{n * channels, kernel}, out...)...)
	y := autodiff.ConvInput(columns, filters,
		autodiff.ConvSpec{Strides: g.strides, PadLo: g.lo, PadHi: g.hi, Dilations: g.dilations}, slices.Clone(image))
	return c.same(autodiff.Reshape(y, append([]int{n, channels}, image...)...))
}
