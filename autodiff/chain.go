package autodiff

// A chain is elementwise nodes that are computed from one tensor, its root, and
// constants: y = f(x) element by element, as GELU is, or a polynomial. If it is curved,
// with f″ ≠ 0, it is differentiated as one function: f′(x), f″(x), … are chains of x too,
// which all tangents and cotangents share.

// findRoot finds the root of the chain that n belongs to: n itself if it is in none. A
// function whose derivative is best computed of its result begins a chain of its own.
func (n *Node) findRoot() {
	n.root = n.id
	p := n.Primitive()
	if !p.Elementwise() {
		return
	}
	root := none
	curved := false
	for _, x := range n.in {
		if isStatic(x) {
			continue
		}
		if root != none && root != x.root {
			return
		}
		root = x.root
		curved = curved || x.curved
	}
	if root == none || p.byResult && root == n.in[0].id {
		return
	}
	if p.curved != nil {
		curved = curved || p.curved(n)
	} else {
		curved = curved || p.partial != nil && p.gate == nil
	}
	n.root, n.curved = root, curved
}

// slope returns the derivative of a node by the root of its chain, nil if it is zero.
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

// inChain reports whether a node has another for its root: what is computed from both
// cannot be differentiated by that root alone if this node moves by itself.
func inChain(n *Node) bool { return n.root != n.id }
