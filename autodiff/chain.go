package autodiff

// A chain is a composition of elementwise nodes that depends on one tensor, its root, and
// on constants: y = f(x) element by element, as GELU or a polynomial. If it is curved, with
// f″ ≠ 0, it is differentiated as one function: f′(x), f″(x), … are chains of x too, and all
// tangents and cotangents share them.

// findRoot finds the root of the chain that n belongs to: n itself if it is in none. A
// primitive whose derivative is a function of its result starts a chain of its own.
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

// inChain reports whether the root of a node is another node. If a derivative is by such a
// node, chains cannot be differentiated by their roots alone.
func inChain(n *Node) bool { return n.root != n.id }
