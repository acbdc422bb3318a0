package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

var deformConvRows = []operator{
	{name: "DeformConv", since: 19, inputs: arity{3, 5}, lower: lowerDeformConv, factors: []int{0, 1}, roles: roles{3: {Affine, "bias"}}},
}

// lowerDeformConv is a convolution of x [n c spatial…] with filters w [m c/group k…] whose elements read x at their place
// plus an offset, between the elements by linear interpolation, weighed by a mask if there is one. The offsets are
// [n groups·k·axes out…], the mask [n groups·k out…]. Differentiable in all operands.
func lowerDeformConv(c *call) []value {
	x, w, offset := c.x(0), c.x(1), c.x(2)
	sizes := c.spatial(x)
	axes := len(sizes)
	if w.Rank() != x.Rank() || offset.Rank() != x.Rank() || axes > 3 {
		c.fail("input, filters and offsets need the same number of axes, 3 to 5")
	}
	batch, channels := x.Shape()[0], x.Shape()[1]
	groups, offsetGroups := c.groups(), c.int("offset_group", 1)
	g := c.pad(c.geometry(sizes, w.Shape()[2:]), sizes)
	kernel := product(g.kernel)
	out := slices.Clone(offset.Shape()[2:])
	for i, size := range sizes {
		if size == 0 || out[i] != (size+g.lo[i]+g.hi[i]-g.reach(i))/g.strides[i]+1 {
			c.fail("the offsets are for %v positions, which do not fit input %v and filters %v", out, x.Shape(), w.Shape())
		}
	}
	if offsetGroups < 1 || offsetGroups > channels || channels%offsetGroups != 0 || channels != w.Shape()[1]*groups ||
		offset.Shape()[0] != batch || offset.Shape()[1] != offsetGroups*kernel*axes {
		c.fail("%d channels, filters %v in %d groups and offsets %v in %d groups do not fit together",
			channels, w.Shape(), groups, offset.Shape(), offsetGroups)
	}
	points := product(out)
	if kernel*points > maxKnown {
		c.fail("%d filter elements at %d positions are too many", kernel, points)
	}
	offset = autodiff.Reshape(offset, batch*offsetGroups, kernel, axes, points)
	taps := make([][]linearTap, axes)
	for i, size := range sizes {
		moved := autodiff.Add(autodiff.Reshape(autodiff.SliceAxis(offset, 2, i, i+1), batch*offsetGroups, kernel*points), c.places(g, out, i))
		taps[i] = gridAxis{padding: "zeros"}.linear(moved, float64(size))
	}
	y := interpolate(autodiff.Reshape(x, append([]int{batch * offsetGroups, channels / offsetGroups}, sizes...)...), taps)
	if !c.absent(4) {
		y = autodiff.Mul(y, autodiff.Reshape(c.x(4), batch*offsetGroups, 1, kernel*points))
	}
	// What is left is a convolution whose filters are as long as the elements picked for each of them.
	y = autodiff.Conv(autodiff.Reshape(y, batch, channels, kernel, points),
		autodiff.Reshape(w, w.Shape()[0], w.Shape()[1], kernel, 1), autodiff.ConvSpec{Groups: groups})
	return c.same(c.addBias(autodiff.Reshape(y, append([]int{batch, w.Shape()[0]}, out...)...), 3))
}

// places returns the position along axis i of each element of the filters, without its offset, [1 k·out].
func (c *call) places(g geometry, out []int, i int) *autodiff.Node {
	inner, steps := product(out[i+1:]), product(g.kernel[i+1:])
	points := product(out)
	at := make([]float64, product(g.kernel)*points)
	for j := range at {
		k, p := j/points, j%points
		at[j] = float64(p/inner%out[i]*g.strides[i] - g.lo[i] + k/steps%g.kernel[i]*g.dilations[i])
	}
	return c.graph.Const(at, 1, len(at))
}
