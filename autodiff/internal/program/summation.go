package program

// Sums of products that their kernels can add up in one memory: all are of one kind, and nobody else reads them.

// number numbers the nodes of the work, each after its operands.
func (f *formation) number(n Node, i int32) {
	if k := f.kind(n); k.Kernel != nil {
		f.standings[n].ready = i
		return
	}
	ready := int32(0)
	for _, x := range f.in(n) {
		ready = max(ready, f.standings[x].ready)
	}
	f.standings[n].ready = ready
}

// take makes n, an addition, part of a cluster of products, and reports whether it can. Products that are ready at the same time
// make one cluster. Others are added to the total of what came before, each when it is ready, if that is smaller than what would
// wait for the last.
func (f *formation) take(n Node) bool {
	x, y := f.operand(n, 0), f.operand(n, 1)
	a, b := f.of(x), f.of(y)
	if a == b || !f.adds(x, a) || !f.adds(y, b) || f.kind(a.nodes[0]).Op != f.kind(b.nodes[0]).Op {
		return false
	}
	first, second := f.addend(a), f.addend(b)
	if first.first > second.first {
		a, b, first, second = b, a, second, first
	}
	switch before, behind := f.phase[a.nodes[0]], f.phase[b.nodes[0]]; {
	case before == behind && a.onto == none && b.onto == none && (second.needs <= first.first || first.waiting <= f.size(n)):
		f.join(n, a, b)
	case before <= behind && b.onto == none:
		f.follow(n, a, b)
	case before >= behind && a.onto == none:
		f.follow(n, b, a)
	default:
		return false
	}
	return true
}

// adds reports whether x is what a cluster of products computes, for one reader.
func (f *formation) adds(x Node, c *cluster) bool {
	return c != nil && !c.fused && (c.total == none || c.total == x) && f.readers[x] == 1 && f.kind(c.nodes[0]).Accumulates
}

func (f *formation) addend(c *cluster) addend {
	if a, ok := f.addends[c]; ok {
		return a
	}
	n := c.nodes[0]
	a := addend{first: int(f.standings[n].ready)}
	for _, x := range f.in(n) {
		a.needs = max(a.needs, int(f.standings[x].ready))
		if b := f.base(x); !f.isLeaf(b) {
			a.waiting += f.size(b)
		}
	}
	return a
}

// join makes two clusters one, whose total is n.
func (f *formation) join(n Node, a, b *cluster) {
	x, y := f.addend(a), f.addend(b)
	home, other := a, b
	if len(other.nodes) > len(home.nodes) {
		home, other = other, home
	}
	f.leave(home) // part of a total now, which nobody else reads
	f.leave(other)
	for _, p := range other.nodes {
		f.standings[p].cluster = home.number
	}
	home.nodes = append(home.nodes, other.nodes...)
	home.total = n
	f.standings[n].cluster = home.number
	f.addends[home] = addend{min(x.first, y.first), max(x.needs, y.needs), x.waiting + y.waiting}
}

// follow adds a cluster onto the total of another, to the total n.
func (f *formation) follow(n Node, first, second *cluster) {
	f.leave(second)
	second.onto, second.total = first.result(), n
	f.standings[n].cluster = second.number
}

// leave removes the total of a cluster from it, if there is one.
func (f *formation) leave(c *cluster) {
	if c.total != none {
		f.standings[c.total].cluster = 0
	}
}
