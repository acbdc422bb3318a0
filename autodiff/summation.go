package autodiff

// summation finds the sums of products that the kernels of the products can add up
// themselves: all are of one kind, and nobody else reads them.
type summation struct {
	of      perNode[*cluster]
	readers perNode[int32]
	ready   perNode[int32] // the number of the last node with a kernel of its own on the way to a node
	phase   perNode[int32] // of the work
	addends map[*cluster]addend
}

// addend is when a cluster of products can be computed.
type addend struct {
	first   int // the number of its first node
	needs   int // of the last node that its operands need
	waiting int // how many elements these have
}

// number numbers the nodes of the work, each after its operands.
func (s *summation) number(n *Node, i int32) {
	if p := n.Primitive(); !p.Elementwise() && p.view == nil && len(n.in) > 0 {
		s.ready[n.seq] = i
		return
	}
	for _, x := range n.in {
		s.ready[n.seq] = max(s.ready[n.seq], s.ready[x.seq])
	}
}

// take makes n, an addition, part of a cluster of products, and reports whether it can.
// Products that are ready at the same time make one cluster. Others are added to the
// total of what came before, each when it is ready, if that is smaller than what would
// wait for the last.
func (s *summation) take(n *Node) bool {
	a, b := s.of[n.in[0].seq], s.of[n.in[1].seq]
	if a == b || !s.adds(n.in[0], a) || !s.adds(n.in[1], b) || a.nodes[0].op != b.nodes[0].op {
		return false
	}
	first, second := s.addend(a), s.addend(b)
	if first.first > second.first {
		a, b, first, second = b, a, second, first
	}
	switch before, behind := s.phase[a.nodes[0].seq], s.phase[b.nodes[0].seq]; {
	case before == behind && a.onto == nil && b.onto == nil && (second.needs <= first.first || first.waiting <= n.Size()):
		s.join(n, a, b)
	case before <= behind && b.onto == nil:
		s.chain(n, a, b)
	case before >= behind && a.onto == nil:
		s.chain(n, b, a)
	default:
		return false
	}
	return true
}

// adds reports whether x is what a cluster of products computes, for one reader.
func (s *summation) adds(x *Node, c *cluster) bool {
	if c == nil || c.fused || c.total != nil && c.total != x || s.readers[x.seq] != 1 {
		return false
	}
	switch c.nodes[0].op {
	case OpDot, OpConv, OpConvInput, OpConvFilter:
		return true
	}
	return false
}

func (s *summation) addend(c *cluster) addend {
	if a, ok := s.addends[c]; ok {
		return a
	}
	n := c.nodes[0]
	a := addend{first: int(s.ready[n.seq])}
	for _, x := range n.in {
		a.needs = max(a.needs, int(s.ready[x.seq]))
		if len(x.base.in) > 0 {
			a.waiting += x.base.Size()
		}
	}
	return a
}

// join makes two clusters one, whose total is n.
func (s *summation) join(n *Node, a, b *cluster) {
	x, y := s.addend(a), s.addend(b)
	home, other := a, b
	if len(other.nodes) > len(home.nodes) {
		home, other = other, home
	}
	s.leave(home) // part of a total now, which nobody else reads
	s.leave(other)
	for _, p := range other.nodes {
		s.of[p.seq] = home
	}
	home.nodes = append(home.nodes, other.nodes...)
	home.total = n
	s.of[n.seq] = home
	s.addends[home] = addend{min(x.first, y.first), max(x.needs, y.needs), x.waiting + y.waiting}
}

// chain adds a cluster onto the total of another, to the total n.
func (s *summation) chain(n *Node, first, second *cluster) {
	s.leave(second)
	second.onto, second.total = first.result(), n
	s.of[n.seq] = second
}

// leave makes the total of a cluster, if there is one, a node of none.
func (s *summation) leave(c *cluster) {
	if c.total != nil {
		s.of[c.total.seq] = nil
	}
}

// result is what a cluster of one node, or of products, computes.
func (c *cluster) result() *Node {
	if c.total != nil {
		return c.total
	}
	return c.nodes[0]
}
