package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

var topKRows = []operator{
	{name: "TopK", since: 1, inputs: arity{1, 2}, lower: lowerTopK, known: []int{1}, ignores: []string{"sorted"}},
}

// lowerTopK gives the k greatest (or least) elements along an axis, in order whether asked for or not, and their indices.
// k is an attribute before opset 10. Of equal elements, those with lower indices come first. The derivative goes to the
// elements that are taken.
func lowerTopK(c *call) []value {
	x := c.x(0)
	axis := c.axis(c.int("axis", -1), x.Rank())
	k := c.int("k", -1)
	if !c.absent(1) {
		k = c.knownInt(1)
	}
	if k < 0 || k > x.Shape()[axis] {
		c.fail("k is %d, axis %d has %d elements", k, axis, x.Shape()[axis])
	}
	keys := x
	if c.flag("largest", true) {
		keys = autodiff.Neg(x)
	}
	last := x.Rank() - 1
	swap := count(0, x.Rank())
	swap[axis], swap[last] = last, axis
	index := autodiff.ArgSort(autodiff.Transpose(keys, swap...))
	index = autodiff.Transpose(autodiff.SliceAxis(index, last, 0, k), slices.Clone(swap)...)
	return []value{{Node: autodiff.TakeAlong(x, index, axis), DataType: c.in[0].DataType}, {Node: index, DataType: int64Type}}
}
