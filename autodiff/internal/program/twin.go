package program

// A twin computes the same as another node of the graph, its original, at another time. Twins have greater numbers than all
// nodes that were added to the graph.

// isTwin reports whether n is no node that was added to the graph.
func (g *Graph) isTwin(n Node) bool { return int(n) >= g.built }

// twin returns the node that computes n from the twins of its operands. twins has their numbers plus 1, 0 where there is none.
// It is n itself if no operand has a twin other than itself, unless other asks for another node.
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
	g.originals = append(g.originals, g.original(n))
	g.look(t)
	return t
}

// forgetTwins removes the nodes from number first on, twins that are of no use.
func (g *Graph) forgetTwins(first int) {
	if first < len(g.nodes) {
		g.operands = g.operands[:g.nodes[first].first]
		g.nodes, g.originals = g.nodes[:first], g.originals[:first-g.built]
	}
}

// numberTwins numbers the nodes with one original, from 0: the original is the first, if the work still has it.
func (w *work) numberTwins() {
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
