package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

var rotaryRows = []operator{
	{name: "RotaryEmbedding", since: 23, inputs: arity{3, 4}, lower: lowerRotaryEmbedding,
		roles: roles{1: {Fixed, "cosines"}, 2: {Fixed, "sines"}}, ignores: []string{"num_heads", "rotary_embedding_dim"}},
}

// rotary turns pairs of channels of x [b h s d] by angles whose cosines and sines are [b s n] or [s n]: channels i and
// n+i, or 2i and 2i+1 if interleaved; those from 2n on stay. Su et al., "RoFormer", 2021.
func (c *call) rotary(x, cos, sin *autodiff.Node, interleaved bool) *autodiff.Node {
	b, h, s, d := x.Shape()[0], x.Shape()[1], x.Shape()[2], x.Shape()[3]
	n := cos.Shape()[cos.Rank()-1]
	if !slices.Equal(cos.Shape(), sin.Shape()) || 2*n > d {
		c.fail("cosines %v and sines %v do not fit heads of %d channels", cos.Shape(), sin.Shape(), d)
	}
	perHead := func(angles *autodiff.Node) *autodiff.Node {
		if angles.Rank() == 3 {
			return autodiff.Reshape(angles, angles.Shape()[0], 1, s, n)
		}
		return angles
	}
	cos, sin = perHead(cos), perHead(sin)
	turned := autodiff.SliceAxis(x, 3, 0, 2*n)
	// The two of a pair along axis 3 or, interleaved, 4.
	apart, axis := []int{b, h, s, 2, n}, 3
	if interleaved {
		apart, axis = []int{b, h, s, n, 2}, 4
	}
	pairs := autodiff.Reshape(turned, apart...)
	half := func(i int) *autodiff.Node {
		return autodiff.Reshape(autodiff.SliceAxis(pairs, axis, i, i+1), b, h, s, n)
	}
	back := slices.Clone(apart)
	back[axis] = 1
	re, im := half(0), half(1)
	turned = autodiff.Reshape(autodiff.Concat(axis,
		autodiff.Reshape(autodiff.Sub(autodiff.Mul(cos, re), autodiff.Mul(sin, im)), back...),
		autodiff.Reshape(autodiff.Add(autodiff.Mul(sin, re), autodiff.Mul(cos, im)), back...)), b, h, s, 2*n)
	if 2*n == d {
		return turned
	}
	return autodiff.Concat(3, turned, autodiff.SliceAxis(x, 3, 2*n, d))
}

// lowerRotaryEmbedding: https://onnx.ai/onnx/operators/onnx__RotaryEmbedding.html
func lowerRotaryEmbedding(c *call) []value {
	x, cos, sin := c.x(0), c.x(1), c.x(2)
	flat := x.Rank() == 3
	if flat {
		x = c.heads(x, c.int("num_heads", 0))
	}
	if x.Rank() != 4 {
		c.fail("needs 3 or 4 axes")
	}
	if !c.absent(3) {
		cos, sin = c.angles(1, 3), c.angles(2, 3)
	}
	if want := []int{x.Shape()[0], x.Shape()[2]}; cos.Rank() != 3 || !slices.Equal(cos.Shape()[:2], want) {
		c.fail("the cosines have shape %v, expected %v and the pairs of channels", cos.Shape(), want)
	}
	channels := c.int("rotary_embedding_dim", 0)
	if channels == 0 {
		channels = x.Shape()[3]
	}
	if pairs := cos.Shape()[2]; pairs != channels/2 {
		c.fail("there are %d cosines for %d channels, expected %d", pairs, channels, channels/2)
	}
	y := c.rotary(x, cos, sin, c.flag("interleaved", false))
	if flat {
		y = joined(y)
	}
	return c.same(y)
}

// angles picks the rows of table input i for the positions in input at.
func (c *call) angles(i, at int) *autodiff.Node {
	if c.x(i).Rank() != 2 {
		c.fail("input %d has shape %v, expected one row for each position", i, c.x(i).Shape())
	}
	rows := c.x(i).Shape()[0]
	c.indexes(at, rows)
	return autodiff.Take(c.x(i), c.x(at), 0)
}
