package autodiff

import "slices"

// JVP returns the tangents of ys when the nodes xs move by dxs: the products of
// their Jacobians with dxs, as nodes of the same graph. A nil tangent is zero,
// in dxs and in the result. xs need not be leaves; what they are computed from
// then counts as fixed, unless it is in xs too.
func JVP(ys, xs, dxs []*Node) []*Node {
	if len(ys) == 0 {
		return nil
	}
	t := tangents{of: make([]*Node, ys[0].g.Len()), byRoot: !slices.ContainsFunc(xs, inChain)}
	given := make([]bool, len(t.of))
	for i, x := range xs {
		given[x.id] = true
		t.set(x, dxs[i])
	}
	for _, n := range ancestors(ys) {
		if !given[n.id] && !(t.byRoot && n.curved) {
			t.set(n, tangentOf(n, t.get, (*Node).along))
		}
	}
	out := make([]*Node, len(ys))
	for i, y := range ys {
		out[i] = t.get(y)
	}
	return out
}

// tangents are those of the nodes that have one.
type tangents struct {
	of     []*Node // by number; nil is zero
	byRoot bool    // those of chains come from their roots', when they are wanted
}

// set records a tangent unless it is zero: zeros stay symbolic.
func (t *tangents) set(n, dn *Node) {
	if dn != nil && !dn.isSplat(0) {
		t.of[n.id] = dn
	}
}

func (t *tangents) get(n *Node) *Node {
	if t.of[n.id] == nil && t.byRoot && n.curved && t.of[n.root] != nil {
		if slope := n.slope(); slope != nil {
			t.set(n, timesSlope(slope, t.of[n.root]))
		}
	}
	return t.of[n.id]
}
