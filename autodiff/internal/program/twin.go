package program

// A twin is a node that is computed from another node of the graph, its original, at another time. It stands behind the nodes
// that were added to the graph.

// isTwin reports whether n is no node that was added to the graph.
func (g *Graph) isTwin(n Node) bool { return int(n) >= g.built }

// twin returns n computed from the twins of its operands, which are numbered from 1: n itself if none has one but itself and it
// need not be another.
func (g *Graph) twin(n Node, twins perNode[Node], other bool) Node {
	for _, x := range g.in(n) {
		other = other || twins[x] != 0 && twins[x] != x+1
	}
	if !other {
		return n
	}
	t := g.add(KindNumber(g.nodes[n].kind), g.in(n))
	for i, x := range g.in(t) {
		if twins[x] != 0 {
			g.in(t)[i] = twins[x] - 1
		}
	}
	r := &g.nodes[t]
	if r.original = g.original(n); g.kind(t).View != nil {
		r.base = g.base(g.operand(t, 0))
	}
	return t
}

// forgetTwins removes the nodes from number first on, twins that are of no use.
func (g *Graph) forgetTwins(first int) {
	if first < len(g.nodes) {
		g.operands = g.operands[:g.nodes[first].first]
		g.nodes = g.nodes[:first]
	}
}

// tellTwinsApart numbers the nodes that are computed from the same node of the graph: that node is the first, if it is left.
func (w *work) tellTwinsApart() {
	seen := make([]int32, w.built) // by original
	for _, n := range w.nodes {
		if !w.isTwin(n) {
			seen[n] = 1
		}
	}
	w.strokes = make([]int32, len(w.Graph.nodes)-w.built)
	for _, n := range w.nodes {
		if w.isTwin(n) {
			w.strokes[int(n)-w.built] = seen[w.original(n)]
			seen[w.original(n)]++
		}
	}
}
