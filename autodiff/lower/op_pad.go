package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

var padRows = []operator{
	{name: "Pad", since: 1, inputs: arity{1, 4}, lower: lowerPad, known: []int{1, 2, 3}, ignores: []string{"value"}},
	{name: "Pad", domain: microsoft, since: 1, inputs: arity{2, 3}, lower: lowerPad, known: []int{1, 2}},
}

// lowerPad: pads and value are attributes before opset 11 (there "paddings" in version 1); the axes can be given since
// opset 18. Negative pads crop.
func lowerPad(c *call) []value {
	x := c.x(0)
	name := "pads"
	if c.op.opset < 2 {
		name = "paddings"
	}
	pads, ok := c.intsAt(1, name)
	if !ok {
		c.fail("the pads are missing")
	}
	axes := count(0, x.Rank())
	if !c.absent(3) {
		axes = c.axes(c.knownInts(3), x.Rank())
	}
	if len(pads) != 2*len(axes) {
		c.fail("%d pads %v for %d axes", len(pads), pads, len(axes))
	}
	lo, hi := make([]int, x.Rank()), make([]int, x.Rank())
	for i, a := range axes {
		lo[a], hi[a] = pads[i], pads[len(axes)+i]
		if max(lo[a], -lo[a], hi[a], -hi[a]) > maxSize {
			c.fail("pads %v are out of range", pads)
		}
	}
	mode := c.text("mode", "constant")
	if mode == "constant" {
		return c.same(c.padConstant(x, lo, hi))
	}
	// Other modes crop first, and then pad with what is left.
	crop := make([][]int, 2)
	for a := range x.Shape() {
		crop[0], crop[1] = append(crop[0], min(lo[a], 0)), append(crop[1], min(hi[a], 0))
	}
	x = autodiff.Pad(x, crop[0], crop[1], nil)
	for a, n := range x.Shape() {
		before, after := max(lo[a], 0), max(hi[a], 0)
		if before == 0 && after == 0 {
			continue
		}
		if n+before+after > maxKnown {
			c.fail("axis %d of size %d cannot be padded to %d", a, n, n+before+after)
		}
		index := make([]float64, 0, n+before+after)
		for i := -before; i < n+after; i++ {
			index = append(index, float64(c.padSource(mode, i, n)))
		}
		x = autodiff.Take(x, c.graph.Const(index, len(index)), a)
	}
	return c.same(x)
}

// padSource returns which of n elements stands at position i of the padded axis.
func (c *call) padSource(mode string, i, n int) int {
	if n == 0 {
		c.fail("an axis without elements cannot be padded in mode %q", mode)
	}
	switch mode {
	case "edge":
		return min(max(i, 0), n-1)
	case "wrap":
		return ((i % n) + n) % n
	case "reflect":
		if n == 1 {
			return 0
		}
		period := 2 * (n - 1)
		i = ((i % period) + period) % period
		return min(i, period-i)
	}
	c.fail("attribute \"mode\" is %q, expected constant, reflect, edge or wrap", mode)
	return 0
}

func (c *call) padConstant(x *autodiff.Node, lo, hi []int) *autodiff.Node {
	value := c.scalar(c.float("value", 0))
	if !c.absent(2) {
		value = c.x(2)
		if value.Size() != 1 {
			c.fail("the constant has %d elements, expected 1", value.Size())
		}
		value = autodiff.Reshape(value)
	}
	y := autodiff.Pad(x, lo, hi, nil)
	if v, ok := value.Splat(); ok && v == 0 {
		return y
	}
	inside := autodiff.Pad(autodiff.BroadcastTo(c.scalar(1), slices.Clone(x.Shape())...), lo, hi, nil)
	return autodiff.Select(inside, y, value)
}
