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

// inChain reports whether the root of a node is another node. If a derivative is by such a
// node, chains cannot be differentiated by their roots alone.
func inChain(n *Node) bool { return n.root != n.id }
