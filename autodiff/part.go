package autodiff

import "slices"

// The rules of this file say how parts of a node, see Portions, come from parts of its
// operands: the attribute, and how each operand is cut. They are false where the parts of
// the result are not made of parts of the operands.

func partSame(n *Node, g grain, _ int) (attr, []grain, bool) { return n.attr, []grain{g}, true }

func partBroadcast(n *Node, g grain, parts int) (attr, []grain, bool) {
	a := n.attr.(broadcastAttr)
	x := uncut
	if k := slices.Index(a.Axes, g.axis); k >= 0 {
		x = g.at(k)
	}
	return broadcastAttr{Shape: divided(a.Shape, g.axis, parts), Axes: a.Axes}, []grain{x}, true
}

func partSum(n *Node, g grain, _ int) (attr, []grain, bool) {
	return n.attr, []grain{g.at(complement(n.attr.(axesAttr), n.in[0].Rank())[g.axis])}, true
}

func partArgMax(n *Node, g grain, _ int) (attr, []grain, bool) {
	if g.axis >= n.attr.(axisAttr).Axis {
		g.axis++
	}
	return n.attr, []grain{g}, true
}

func partArgSort(n *Node, g grain, _ int) (attr, []grain, bool) {
	return n.attr, []grain{g}, g.axis < n.Rank()-1
}

func partCumSum(n *Node, g grain, _ int) (attr, []grain, bool) {
	return n.attr, []grain{g}, g.axis != n.attr.(cumAttr).Axis
}

func partDot(n *Node, g grain, _ int) (attr, []grain, bool) {
	d, r := n.attr.(dotAttr), n.Rank()
	rows, _ := swapIf(d.TransA, r-2, r-1)
	_, columns := swapIf(d.TransB, r-2, r-1)
	switch g.axis {
	case r - 2:
		return d, []grain{g.at(rows), uncut}, true
	case r - 1:
		return d, []grain{uncut, g.at(columns)}, true
	}
	return d, []grain{g, g}, true
}

// partImages is for convolutions: each image by itself.
func partImages(n *Node, g grain, _ int) (attr, []grain, bool) {
	return n.attr, []grain{g, uncut}, g.axis == 0
}

// partPlanes is for pooling: each plane by itself.
func partPlanes(n *Node, g grain, _ int) (attr, []grain, bool) {
	return n.attr, slices.Repeat([]grain{g}, len(n.in)), g.axis < 2
}

// partReshape finds the axis whose parts, or whose runs' parts, are the same elements:
// those with as many runs in all, on the axes before and on their own.
func partReshape(n *Node, g grain, parts int) (attr, []grain, bool) {
	x, all := n.in[0], sizeOf(n.shape[:g.axis])*g.runs
	for k, size := range x.shape {
		before := sizeOf(x.shape[:k])
		if size == 0 || before > all || all%before != 0 {
			continue
		}
		if runs := all / before; size%(runs*parts) == 0 {
			return axesAttr(divided(n.shape, g.axis, parts)), []grain{{k, runs}}, true
		}
	}
	return nil, nil, false
}

func partTranspose(n *Node, g grain, _ int) (attr, []grain, bool) {
	return n.attr, []grain{g.at(n.attr.(axesAttr)[g.axis])}, true
}

func partSlice(n *Node, g grain, parts int) (attr, []grain, bool) {
	s := n.attr.(sliceAttr)
	all := n.shape[g.axis] == n.in[0].shape[g.axis]
	return sliceAttr{s.Starts, divided(s.Limits, g.axis, parts), s.Steps}, []grain{g}, all
}

func partReverse(n *Node, g grain, _ int) (attr, []grain, bool) {
	return n.attr, []grain{g}, !slices.Contains(n.attr.(axesAttr), g.axis)
}

func partPad(n *Node, g grain, _ int) (attr, []grain, bool) {
	p := n.attr.(padAttr)
	return p, []grain{g}, p.Lo[g.axis] == 0 && p.Hi[g.axis] == 0 && p.Interior[g.axis] == 0
}

func partConcat(n *Node, g grain, _ int) (attr, []grain, bool) {
	return n.attr, slices.Repeat([]grain{g}, len(n.in)), g.axis != n.attr.(axisAttr).Axis
}

func partTake(n *Node, g grain, _ int) (attr, []grain, bool) {
	first, rank := n.attr.(axisAttr).Axis, n.in[1].Rank()
	switch {
	case g.axis < first:
		return n.attr, []grain{g, uncut}, true
	case g.axis < first+rank:
		return n.attr, []grain{uncut, g.at(g.axis - first)}, true
	}
	return n.attr, []grain{g.at(g.axis - rank + 1), uncut}, true
}

func partScatter(n *Node, g grain, _ int) (attr, []grain, bool) {
	s, rank := n.attr.(axisAttr), n.in[1].Rank()
	if g.axis > s.Axis {
		return s, []grain{g.at(g.axis + rank - 1), uncut}, true
	}
	return s, []grain{g, uncut}, g.axis < s.Axis
}

// partAlong is for what moves elements along an axis: all others by themselves.
func partAlong(n *Node, g grain, _ int) (attr, []grain, bool) {
	return n.attr, []grain{g, g}, g.axis != n.attr.(axisAttr).Axis
}
