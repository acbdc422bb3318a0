package autodiff

import "slices"

// Each rule of this file says how a portion of a node, see [Portions], is computed: by the
// same primitive, with an attribute and splits of its operands. It returns false if the
// portion needs more of the operands than their portions.

func portionSame(n *Node, by split, _ int) (attr, []split, bool) { return n.attr, []split{by}, true }

func portionBroadcast(n *Node, by split, portions int) (attr, []split, bool) {
	a := n.attr.(broadcastAttr)
	x := unsplit
	if k := slices.Index(a.Axes, by.axis); k >= 0 {
		x = by.onAxis(k)
	}
	return broadcastAttr{Shape: divided(a.Shape, by.axis, portions), Axes: a.Axes}, []split{x}, true
}

func portionSum(n *Node, by split, _ int) (attr, []split, bool) {
	return n.attr, []split{by.onAxis(complement(n.attr.(axesAttr), n.in[0].Rank())[by.axis])}, true
}

func portionArgMax(n *Node, by split, _ int) (attr, []split, bool) {
	if by.axis >= n.attr.(axisAttr).Axis {
		by.axis++
	}
	return n.attr, []split{by}, true
}

func portionArgSort(n *Node, by split, _ int) (attr, []split, bool) {
	return n.attr, []split{by}, by.axis < n.Rank()-1
}

func portionCumSum(n *Node, by split, _ int) (attr, []split, bool) {
	return n.attr, []split{by}, by.axis != n.attr.(cumAttr).Axis
}

func portionDot(n *Node, by split, _ int) (attr, []split, bool) {
	d, r := n.attr.(dotAttr), n.Rank()
	rows, _ := swapIf(d.TransA, r-2, r-1)
	_, columns := swapIf(d.TransB, r-2, r-1)
	switch by.axis {
	case r - 2:
		return d, []split{by.onAxis(rows), unsplit}, true
	case r - 1:
		return d, []split{unsplit, by.onAxis(columns)}, true
	}
	return d, []split{by, by}, true
}

// portionImages is for convolutions, which compute each image by itself.
func portionImages(n *Node, by split, _ int) (attr, []split, bool) {
	return n.attr, []split{by, unsplit}, by.axis == 0
}

// portionPlanes is for pooling, which computes each plane by itself.
func portionPlanes(n *Node, by split, _ int) (attr, []split, bool) {
	return n.attr, slices.Repeat([]split{by}, len(n.in)), by.axis < 2
}

// portionReshape looks for the axis of the operand whose portions have the same elements:
// the runs of the result and of the operand, counted over the axes before and their own,
// are equally many.
func portionReshape(n *Node, by split, portions int) (attr, []split, bool) {
	x, all := n.in[0], sizeOf(n.shape[:by.axis])*by.runs
	for k, size := range x.shape {
		before := sizeOf(x.shape[:k])
		if size == 0 || before > all || all%before != 0 {
			continue
		}
		if runs := all / before; size%(runs*portions) == 0 {
			return axesAttr(divided(n.shape, by.axis, portions)), []split{{k, runs}}, true
		}
	}
	return nil, nil, false
}

func portionTranspose(n *Node, by split, _ int) (attr, []split, bool) {
	return n.attr, []split{by.onAxis(n.attr.(axesAttr)[by.axis])}, true
}

func portionSlice(n *Node, by split, portions int) (attr, []split, bool) {
	s := n.attr.(sliceAttr)
	all := n.shape[by.axis] == n.in[0].shape[by.axis]
	return sliceAttr{s.Starts, divided(s.Limits, by.axis, portions), s.Steps}, []split{by}, all
}

func portionReverse(n *Node, by split, _ int) (attr, []split, bool) {
	return n.attr, []split{by}, !slices.Contains(n.attr.(axesAttr), by.axis)
}

func portionPad(n *Node, by split, _ int) (attr, []split, bool) {
	p := n.attr.(padAttr)
	return p, []split{by}, p.Lo[by.axis] == 0 && p.Hi[by.axis] == 0 && p.Interior[by.axis] == 0
}

func portionConcat(n *Node, by split, _ int) (attr, []split, bool) {
	return n.attr, slices.Repeat([]split{by}, len(n.in)), by.axis != n.attr.(axisAttr).Axis
}

func portionTake(n *Node, by split, _ int) (attr, []split, bool) {
	first, rank := n.attr.(axisAttr).Axis, n.in[1].Rank()
	switch {
	case by.axis < first:
		return n.attr, []split{by, unsplit}, true
	case by.axis < first+rank:
		return n.attr, []split{unsplit, by.onAxis(by.axis - first)}, true
	}
	return n.attr, []split{by.onAxis(by.axis - rank + 1), unsplit}, true
}

func portionScatter(n *Node, by split, _ int) (attr, []split, bool) {
	s, rank := n.attr.(axisAttr), n.in[1].Rank()
	if by.axis > s.Axis {
		return s, []split{by.onAxis(by.axis + rank - 1), unsplit}, true
	}
	return s, []split{by, unsplit}, by.axis < s.Axis
}

// portionAlong is for primitives that move elements along one axis: others can be split.
func portionAlong(n *Node, by split, _ int) (attr, []split, bool) {
	return n.attr, []split{by, by}, by.axis != n.attr.(axisAttr).Axis
}
