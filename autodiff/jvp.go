package autodiff

import "slices"

// JVP returns the tangents of ys when the nodes xs move by dxs: the products of
// their Jacobians with dxs, as nodes of the same graph. A nil tangent is zero,
// in dxs and in the result. xs need not be leaves; what they are computed from
// then counts as fixed, unless it is in xs too.
func JVP(ys, xs, dxs []*Node) []*Node {
	tangents := make(map[*Node]*Node)
	given := make(map[*Node]bool)
	for i, x := range xs {
		given[x] = true
		setTangent(tangents, x, dxs[i])
	}
	for _, n := range ancestors(ys) {
		if !given[n] {
			setTangent(tangents, n, tangentOf(n, tangents))
		}
	}
	out := make([]*Node, len(ys))
	for i, y := range ys {
		out[i] = tangents[y]
	}
	return out
}

// setTangent records a tangent unless it is zero: zeros stay symbolic.
func setTangent(tangents map[*Node]*Node, n, dn *Node) {
	if dn != nil && !dn.isSplat(0) {
		tangents[n] = dn
	}
}

// tangentOf applies the rule of n's primitive to the tangents of its operands.
func tangentOf(n *Node, tangents map[*Node]*Node) *Node {
	p := n.Primitive()
	if p.joint {
		return jointTangent(n, tangents)
	}
	var sum *Node
	for i, x := range n.in {
		dx := tangents[x]
		if dx == nil {
			continue
		}
		switch {
		case p.partial != nil:
			sum = plus(sum, Mul(p.partial(n, i), dx))
		case isLinearIn(n, i):
			in := append([]*Node(nil), n.in...)
			in[i] = dx
			sum = plus(sum, n.g.apply(n.op, n.attr, in...))
		}
	}
	return sum
}

// jointTangent puts the tangents in the place of all linear operands at once.
func jointTangent(n *Node, tangents map[*Node]*Node) *Node {
	in := append([]*Node(nil), n.in...)
	moved := false
	for _, i := range n.linearIn() {
		dx := tangents[n.in[i]]
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

// isLinearIn reports whether operand is one of linearIn, without listing them.
func isLinearIn(n *Node, operand int) bool {
	p := n.Primitive()
	return p.Arity < 0 && p.transpose != nil || slices.Contains(p.linear, operand)
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
