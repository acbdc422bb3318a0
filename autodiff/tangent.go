package autodiff

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

// slope returns the derivative f′ of a node by the root of its chain, nil if it is zero.
func (n *Node) slope() *Node {
	g := n.g
	for stack := []*Node{n}; len(stack) > 0; {
		top, ready := stack[len(stack)-1], true
		for _, x := range top.in {
			if !inChain(x) {
				continue
			}
			if _, known := g.slopes[x]; !known {
				stack, ready = append(stack, x), false
			}
		}
		if !ready {
			continue
		}
		stack = stack[:len(stack)-1]
		if _, known := g.slopes[top]; !known {
			g.slopes[top] = tangentOf(top, func(x *Node) *Node {
				switch {
				case x.id == top.root:
					return g.fill(1, x.shape)
				case inChain(x):
					return g.slopes[x]
				}
				return nil
			}, (*Node).slopeAlong)
		}
	}
	return g.slopes[n]
}
