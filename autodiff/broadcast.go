package autodiff

import "slices"

// Broadcast repeats x into the given shape: axis i of x becomes axis axes[i] of
// the result, which has the same size there; axes must ascend.
func Broadcast(x *Node, shape, axes []int) *Node {
	return x.g.apply(OpBroadcast, broadcastAttr{slices.Clone(shape), slices.Clone(axes)}, x)
}

// BroadcastTo repeats x into the given shape by NumPy's rule: axes are matched
// from the last, and axes of size 1 are repeated.
func BroadcastTo(x *Node, shape ...int) *Node {
	if slices.Equal(x.shape, shape) {
		return x
	}
	if v, ok := x.Splat(); ok && x.Rank() == 0 {
		checkShape("broadcast", shape)
		return x.g.fill(v, slices.Clone(shape))
	}
	lead := len(shape) - x.Rank()
	if lead < 0 {
		fail("broadcast", "shape %v has more axes than %v", x.shape, shape)
	}
	var kept, axes []int
	for i, d := range x.shape {
		switch {
		case d == shape[lead+i]:
			kept, axes = append(kept, d), append(axes, lead+i)
		case d != 1:
			fail("broadcast", "shape %v does not broadcast to %v", x.shape, shape)
		}
	}
	return Broadcast(Reshape(x, kept...), shape, axes)
}

func broadcastShape(a attr, in []*Node) []int {
	b, x := a.(broadcastAttr), in[0]
	if len(b.Axes) != x.Rank() {
		fail("broadcast", "axes %v do not fit shape %v", b.Axes, x.shape)
	}
	for i, axis := range b.Axes {
		if axis < 0 || axis >= len(b.Shape) || i > 0 && axis <= b.Axes[i-1] || b.Shape[axis] != x.shape[i] {
			fail("broadcast", "shape %v does not fit at axes %v of %v", x.shape, b.Axes, b.Shape)
		}
	}
	return b.Shape
}
