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

// tangentOf applies the rule of n's primitive to the tangents of its operands, with along
// for those of elementwise primitives.
func tangentOf(n *Node, tangent func(x *Node) *Node, along func(n *Node, i int, dx *Node) *Node) *Node {
	p := n.Primitive()
	if p.joint {
		return jointTangent(n, tangent)
	}
	var sum *Node
	for i, x := range n.in {
		dx := tangent(x)
		if dx == nil {
			continue
		}
		switch {
		case p.partial != nil:
			sum = plus(sum, along(n, i, dx))
		case isLinearIn(n, i):
			in := append([]*Node(nil), n.in...)
			in[i] = dx
			sum = plus(sum, n.g.apply(n.op, n.attr, in...))
		}
	}
	return sum
}

// jointTangent puts the tangents in the place of all linear operands at once.
func jointTangent(n *Node, tangent func(x *Node) *Node) *Node {
	in := append([]*Node(nil), n.in...)
	moved := false
	for _, i := range n.linearIn() {
		dx := tangent(n.in[i])
		if dx == nil {
			dx = n.g.fill(0, n.in[i].shape)
		} else {
			moved = true
		}
		in[i] = dx
	}
	if !moved {
		return nil
	}
	return n.g.apply(n.op, n.attr, in...)
}

// plus adds two nodes of which either may be the symbolic zero, nil.
func plus(a, b *Node) *Node {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return Add(a, b)
}
