package autodiff

import (
	"slices"
)

// order is how the axes of a tensor lie in memory: from the one with the largest
// steps to the one whose elements are neighbours. nil is the order of the axes
// themselves.
type order []int

// channelsLast is [n spatial… c], the order that convolutions and pooling work
// in: a pixel's channels are neighbours.
func channelsLast(rank int) order {
	o := order{0}
	for axis := 2; axis < rank; axis++ {
		o = append(o, axis)
	}
	return append(o, 1)
}

// filterOrder is [taps… c m], the order of the filters [m c taps…] for
// convolutions with channels last.
func filterOrder(rank int) order {
	var o order
	for axis := 2; axis < rank; axis++ {
		o = append(o, axis)
	}
	return append(o, 1, 0)
}

// dense returns a layout without gaps in the given order.
func (o order) dense(shape []int) layout {
	if o == nil {
		return layoutOf(shape)
	}
	strides, step := make([]int, len(shape)), 1
	for k := len(o) - 1; k >= 0; k-- {
		strides[o[k]] = step
		step *= max(shape[o[k]], 1)
	}
	return layout{Shape: shape, Strides: strides}
}

// permuted returns the shape as it lies in memory.
func (o order) permuted(list []int) []int {
	if o == nil {
		return list
	}
	out := make([]int, len(list))
	for k, axis := range o {
		out[k] = list[axis]
	}
	return out
}

// view returns a layout with its axes as they lie in memory.
func (o order) view(l layout) layout {
	return layout{Shape: o.permuted(l.Shape), Strides: o.permuted(l.Strides), Offset: l.Offset}
}

// lies reports whether the elements of l lie in the order without gaps.
func (o order) lies(l layout) bool { return contiguous(o.view(l)) }

// orderOf returns an order in which the elements of l lie without gaps, if there
// is one: the order of the axes themselves where that fits.
func orderOf(l layout) (order, bool) {
	if contiguous(l) {
		return nil, true
	}
	o := order(count(len(l.Shape)))
	slices.SortStableFunc(o, func(a, b int) int { return l.Strides[b] - l.Strides[a] })
	return o, o.lies(l)
}

// axes returns the axes from the outermost in memory on.
func (o order) axes(rank int) []int {
	if o == nil {
		return count(rank)
	}
	return o
}

// without returns the order of the axes that are left when some are dropped,
// numbered anew.
func (o order) without(dropped []int) order {
	if o == nil {
		return nil
	}
	var rest order
	for _, axis := range o {
		if slices.Contains(dropped, axis) {
			continue
		}
		before := 0
		for _, d := range dropped {
			if d < axis {
				before++
			}
		}
		rest = append(rest, axis-before)
	}
	return rest
}

// arrangement is the order of the operands and the result of a node, and whether
// the result is added to what its memory holds.
type arrangement struct {
	in  []order
	out order
	add bool
}

// The arrangers say in which orders a kernel works, given those that its
// operands have; the plan copies operands that differ.

func arrangeConv(n *Node, _ []order) arrangement {
	x, w := channelsLast(n.Rank()), filterOrder(n.Rank())
	if n.op == OpConvFilter {
		return arrangement{in: []order{x, x}, out: w}
	}
	return arrangement{in: []order{x, w}, out: x}
}

// arrangeWindow takes images with channels first or last as they come.
func arrangeWindow(n *Node, have []order) arrangement {
	var o order
	if last := channelsLast(n.Rank()); slices.Equal(have[0], last) {
		o = last
	}
	in := slices.Repeat([]order{o}, len(n.in))
	return arrangement{in: in, out: o}
}

// arrangeSum adds up in the order that the operand has.
func arrangeSum(n *Node, have []order) arrangement {
	return arrangement{in: have, out: have[0].without(n.attr.(axesAttr))}
}

// arrangeCopy writes in the order of the first operand.
func arrangeCopy(_ *Node, have []order) arrangement {
	return arrangement{in: slices.Repeat([]order{have[0]}, len(have)), out: have[0]}
}

// rowMajor is the arrangement of kernels that know no other.
func rowMajor(n *Node) arrangement { return arrangement{in: make([]order, len(n.in))} }
