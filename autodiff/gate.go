package autodiff

// behind returns the gate that n is behind, or a view of it, nil if there is none.
func (n *Node) behind() *Node {
	if n.guard == none {
		return nil
	}
	return n.g.nodes.at(int(n.guard))
}

// selection returns the gate that a Select is which has 0 as one of its branches.
func (n *Node) selection() gate { return gate{n.in[0], n.in[2].isSplat(0)} }

// findGuard finds the gate that n is behind: n itself if it is a gate, or a view of what is
// behind one. A product is behind the gate of a factor, a sum behind a gate that both terms
// are behind.
func (n *Node) findGuard() {
	n.guard = none
	switch {
	case n.op == OpSelect:
		if n.in[1].isSplat(0) || n.in[2].isSplat(0) {
			n.guard = n.id
		}
	case n.Primitive().view != nil:
		if n.in[0].guard != none {
			n.guard = n.id
		}
	case n.op == OpNeg:
		n.guard = n.in[0].guard
	case n.op == OpMul:
		if n.guard = n.in[0].guard; n.guard == none {
			n.guard = n.in[1].guard
		}
	case n.op == OpAdd || n.op == OpSub:
		a, b := n.in[0].behind(), n.in[1].behind()
		if a == b || a != nil && b != nil && a.op == OpSelect && b.op == OpSelect && a.selection() == b.selection() {
			n.guard = n.in[0].guard
		}
	}
}

// findPole notes whether an element of n can be infinite or NaN although the elements that
// it is computed from are finite. The pole of a repeated tensor is not passed on.
func (n *Node) findPole() {
	p := n.Primitive()
	n.pole = p.poles && !(n.op == OpDiv && isStatic(n.in[1]))
	for _, x := range n.in {
		n.pole = n.pole || x.pole && (p.view != nil || p.Elementwise() && x.op != OpBroadcast)
	}
}
