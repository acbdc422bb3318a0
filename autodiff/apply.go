package autodiff

// apply returns the node op(in...) with the given attribute: simplified,
// folded if its operands are constants, and interned.
func (g *Graph) apply(op Op, a attr, in ...*Node) *Node {
	g.check()
	p := &g.table[op]
	for _, x := range in {
		if x.g != g {
			fail(p.Name, "operands belong to different graphs")
		}
	}
	if p.Arity >= 0 && len(in) != p.Arity {
		fail(p.Name, "takes %d operands, got %d", p.Arity, len(in))
	}
	shape := p.shapeOf(a, in)
	checkShape(p.Name, shape)
	if p.commutes && in[0].id > in[1].id {
		in[0], in[1] = in[1], in[0]
	}
	if n := g.simplify(op, a, in, shape); n != nil {
		return n
	}
	if data, ok := g.fold(op, a, in, shape); ok {
		return g.Const(data, shape...)
	}
	return g.intern(op, a, in, shape)
}
