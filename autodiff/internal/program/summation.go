package program

// summation finds the sums of products that their kernels can add up in one memory: all are of one kind, and nobody else reads
// them.
type summation struct {
	*work
	of      perNode[*cluster]
	readers perNode[int32]
	ready   perNode[int32] // the number of the last node with a kernel of its own on the way to a node
	addends map[*cluster]addend
}

// addend is when a cluster of products can be computed.
type addend struct {
	first   int // the number of its first node
	needs   int // of the last node that its operands need
	waiting int // how many elements these have
}

// number numbers the nodes of the work, each after its operands.
func (s *summation) number(n Node, i int32) {
	if k := s.kind(n); k.Kernel != nil {
		s.ready[n] = i
		return
	}
	for _, x := range s.in(n) {
		s.ready[n] = max(s.ready[n], s.ready[x])
	}
}

// take makes n, an addition, part of a cluster of products, and reports whether it can. Products that are ready at the same time
// make one cluster. Others are added to the total of what came before, each when it is ready, if that is smaller than what would
// wait for the last.
func (s *summation) take(n Node) bool {
	x, y := s.operand(n, 0), s.operand(n, 1)
	a, b := s.of[x], s.of[y]
	if a == b || !s.adds(x, a) || !s.adds(y, b) || s.kind(a.nodes[0]).Op != s.kind(b.nodes[0]).Op {
		return false
	}
	first, second := s.addend(a), s.addend(b)
	if first.first > second.first {
		a, b, first, second = b, a, second, first
	}
	switch before, behind := s.phase[a.nodes[0]], s.phase[b.nodes[0]]; {
	case before == behind && a.onto == none && b.onto == none && (second.needs <= first.first || first.waiting <= s.size(n)):
		s.join(n, a, b)
	case before <= behind && b.onto == none:
		s.follow(n, a, b)
	case before >= behind && a.onto == none:
		s.follow(n, b, a)
	default:
		return false
	}
	return true
}

// adds reports whether x is what a cluster of products computes, for one reader.
func (s *summation) adds(x Node, c *cluster) bool {
	return c != nil && !c.fused && (c.total == none || c.total == x) && s.readers[x] == 1 && s.kind(c.nodes[0]).Accumulates
}

func (s *summation) addend(c *cluster) addend {
	if a, ok := s.addends[c]; ok {
		return a
	}
	n := c.nodes[0]
	a := addend{first: int(s.ready[n])}
	for _, x := range s.in(n) {
		a.needs = max(a.needs, int(s.ready[x]))
		if b := s.base(x); !s.isLeaf(b) {
			a.waiting += s.size(b)
		}
	}
	return a
}

// join makes two clusters one, whose total is n.
func (s *summation) join(n Node, a, b *cluster) {
	x, y := s.addend(a), s.addend(b)
	home, other := a, b
	if len(other.nodes) > len(home.nodes) {
		home, other = other, home
	}
	s.leave(home) // part of a total now, which nobody else reads
	s.leave(other)
	for _, p := range other.nodes {
		s.of[p] = home
	}
	home.nodes = append(home.nodes, other.nodes...)
	home.total = n
	s.of[n] = home
	s.addends[home] = addend{min(x.first, y.first), max(x.needs, y.needs), x.waiting + y.waiting}
}

// follow adds a cluster onto the total of another, to the total n.
func (s *summation) follow(n Node, first, second *cluster) {
	s.leave(second)
	second.onto, second.total = first.result(), n
	s.of[n] = second
}

// leave makes the total of a cluster, if there is one, a node of none.
func (s *summation) leave(c *cluster) {
	if c.total != none {
		s.of[c.total] = nil
	}
}
