package autodiff

import (
	"slices"

	"onnx-metainit/autodiff/internal/kernel"
)

// layout says where the elements of a tensor are in memory. Primitives that only
// change the layout are views: they share the memory of their operand, and nothing
// is copied for them.
type layout = kernel.Strided

func viewSame(_ *Node, x layout) (layout, bool) { return x, true }

func viewBroadcast(n *Node, x layout) (layout, bool) {
	strides := make([]int, n.Rank())
	for i, axis := range n.attr.(broadcastAttr).Axes {
		strides[axis] = x.Strides[i]
	}
	return layout{Shape: n.shape, Strides: strides, Offset: x.Offset}, true
}

func viewTranspose(n *Node, x layout) (layout, bool) {
	strides := make([]int, n.Rank())
	for i, p := range n.attr.(axesAttr) {
		strides[i] = x.Strides[p]
	}
	return layout{Shape: n.shape, Strides: strides, Offset: x.Offset}, true
}

func viewSlice(n *Node, x layout) (layout, bool) {
	s := n.attr.(sliceAttr)
	strides, offset := slices.Clone(x.Strides), x.Offset
	for i := range strides {
		if n.shape[i] > 0 {
			offset += s.Starts[i] * strides[i]
		}
		strides[i] *= s.Steps[i]
	}
	return layout{Shape: n.shape, Strides: strides, Offset: offset}, true
}

func viewReverse(n *Node, x layout) (layout, bool) {
	strides, offset := slices.Clone(x.Strides), x.Offset
	for _, i := range n.attr.(axesAttr) {
		offset += max(n.shape[i]-1, 0) * strides[i]
		strides[i] = -strides[i]
	}
	return layout{Shape: n.shape, Strides: strides, Offset: offset}, true
}

// viewReshape is possible if the operand's axes, merged where they follow each other
// without a gap, are products of neighbouring new axes.
func viewReshape(n *Node, x layout) (layout, bool) {
	if x.IsContiguous() {
		l := kernel.Contiguous(n.shape)
		l.Offset = x.Offset
		return l, true
	}
	old := kernel.Collapsed(x)[0]
	strides := make([]int, n.Rank())
	i := len(old.Shape) - 1
	for k := n.Rank() - 1; k >= 0; k-- {
		// Take new axes from the last on until their product is old axis i.
		if n.shape[k] == 1 {
			continue
		}
		if i < 0 {
			return layout{}, false
		}
		size, step := old.Shape[i], old.Strides[i]
		for size > 1 && k >= 0 {
			d := n.shape[k]
			if d == 0 || size%d != 0 {
				return layout{}, false
			}
			strides[k] = step
			step *= d
			size /= d
			k--
		}
		if size != 1 {
			return layout{}, false
		}
		k++ // the loop's own step
		i--
	}
	return layout{Shape: n.shape, Strides: strides, Offset: x.Offset}, i < 0
}
