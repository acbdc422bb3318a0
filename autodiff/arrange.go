package autodiff

import (
	"slices"

	"onnx-metainit/autodiff/internal/program"
)

// The arrangers say in which orders a kernel works, given those that its operands have; a program copies operands that differ.

type (
	order       = program.Order
	arrangement = program.Arrangement
)

// channelsLast is [n spatial… c], the order that convolutions and pooling work in: a pixel's channels are neighbours.
func channelsLast(rank int) order {
	o := order{0}
	for axis := 2; axis < rank; axis++ {
		o = append(o, axis)
	}
	return append(o, 1)
}

// filterOrder is [taps… c m], the order of the filters [m c taps…] for convolutions with channels last.
func filterOrder(rank int) order {
	var o order
	for axis := 2; axis < rank; axis++ {
		o = append(o, axis)
	}
	return append(o, 1, 0)
}

func arrangeConv(n *Node, _ []order) arrangement {
	x, w := channelsLast(n.Rank()), filterOrder(n.Rank())
	if n.op == OpConvFilter {
		return arrangement{In: []order{x, x}, Out: w}
	}
	return arrangement{In: []order{x, w}, Out: x}
}

// arrangeWindow takes images with channels first or last as they come.
func arrangeWindow(n *Node, have []order) arrangement {
	var o order
	if last := channelsLast(n.Rank()); slices.Equal(have[0], last) {
		o = last
	}
	in := slices.Repeat([]order{o}, len(n.in))
	return arrangement{In: in, Out: o}
}

// arrangeSum adds up in the order that the operand has.
func arrangeSum(n *Node, have []order) arrangement {
	return arrangement{In: have, Out: have[0].Without(n.attr.(axesAttr))}
}

// arrangeCopy writes in the order of the first operand.
func arrangeCopy(_ *Node, have []order) arrangement {
	return arrangement{In: slices.Repeat([]order{have[0]}, len(have)), Out: have[0]}
}
