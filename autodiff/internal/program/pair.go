package program

// loops returns the loop that computes an instruction.
func (g *Graph) loops(i *instruction) Loops {
	if i.first != none {
		l, _ := g.kind(i.node).With(g.kind(i.first).Op)
		return l
	}
	return g.kind(i.node).Loops
}

// pair finds for the nodes of a fused cluster the node that is computed in one loop with each: an operand that nobody else reads
// and that is not stored.
func (u *fuser) pair(c *cluster) {
	for _, n := range c.nodes {
		for _, x := range u.in(n) {
			u.at(u.seen(x)).readers++
		}
	}
	for _, n := range c.sums {
		u.at(u.seen(u.operand(n, 0))).readers++
	}
	for _, n := range c.nodes {
		with := u.kind(n).With
		if with == nil {
			continue
		}
		for _, x := range u.in(n) {
			x = u.seen(x)
			e := u.at(x)
			if !e.inside || e.stored || e.readers != 1 || e.first != none {
				continue
			}
			if _, ok := with(u.kind(x).Op); ok && u.full(x) {
				u.at(n).first, e.inner = x, true
				break
			}
		}
	}
}

// full reports whether an operand of x has an element for each of x's, and may so be the first of a pair: it is put there if the
// order does not matter.
func (u *fuser) full(x Node) bool {
	_, first := u.splat(u.operand(x, 0))
	_, second := u.splat(u.operand(x, 1))
	return !first || !second && u.kind(x).Swaps
}

// operandsOf returns the operands of the loop for n: those of the node paired with it, then the other one of n.
func (u *fuser) operandsOf(n, first Node) (operands [3]Node, count int) {
	if first == none {
		return operands, copy(operands[:], u.in(n))
	}
	other := u.operand(n, 0)
	if u.seen(other) == first {
		other = u.operand(n, 1)
	}
	a, b := u.operand(first, 0), u.operand(first, 1)
	if _, splat := u.splat(a); splat {
		a, b = b, a
	}
	return [3]Node{a, b, other}, 3
}
