package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

var tensorScatterRows = []operator{
	{name: "TensorScatter", since: 24, inputs: arity{2, 3}, lower: lowerTensorScatter, roles: roles{0: {Fixed, "cache"}}},
}

// lowerTensorScatter writes the updates over a stretch of the sequence axis, from where input 2 says on; in mode circular
// the stretch goes on at the start. https://onnx.ai/onnx/operators/onnx__TensorScatter.html
func lowerTensorScatter(c *call) []value {
	cache, update := c.x(0), c.x(1)
	axis := c.axis(c.int("axis", -2), cache.Rank())
	if axis == 0 {
		c.fail("attribute \"axis\" is 0, the axis of the batch")
	}
	want := slices.Clone(cache.Shape())
	size := want[axis]
	if update.Rank() == len(want) {
		want[axis] = min(update.Shape()[axis], size)
	}
	if !slices.Equal(update.Shape(), want) {
		c.fail("the updates have shape %v, expected %v with as many or fewer along axis %d", update.Shape(), cache.Shape(), axis)
	}
	line := slices.Repeat([]int{1}, cache.Rank())
	line[axis] = want[axis]
	at := autodiff.Reshape(c.iota(want[axis]), line...)
	if !c.absent(2) {
		line[axis], line[0] = 1, want[0]
		at = autodiff.Add(at, autodiff.Reshape(c.x(2), line...))
	}
	switch mode := c.text("mode", "linear"); mode {
	case "linear":
	case "circular":
		n := c.scalar(float64(size))
		at = autodiff.Sub(at, autodiff.Mul(n, autodiff.Floor(autodiff.Div(at, n))))
	default:
		c.fail("attribute \"mode\" is %q, expected linear or circular", mode)
	}
	index := autodiff.BroadcastTo(at, want...)
	sum := autodiff.ScatterAlong(update, index, axis, size)
	hit := autodiff.ScatterAlong(autodiff.BroadcastTo(c.scalar(1), want...), index, axis, size)
	return c.same(autodiff.Select(hit, sum, cache))
}
