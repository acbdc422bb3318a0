package program

import (
	"cmp"
	"slices"
)

// plan makes a step of each cluster, lays tensors out and resolves views. outputs are those of the graph, of which the work's may
// be twins. Without arranged, all tensors are in row-major order, as the reference kernels want it.
func (w *work) plan(clusters []*cluster, outputs []Node, arranged bool, updates []Update) *plan {
	p := &plan{
		work: w, home: homes{of: newTable[int32](w)}, results: make(map[Node]place),
		copies: make(map[copyKey]place), leaves: make(map[Node]Order), states: make(map[Node]bool), nexts: make(map[Node]bool), arranged: arranged,
	}
	p.steps = make([]step, 0, len(clusters))
	external, count := w.externals(clusters)
	p.values, p.home.list = make([]value, 0, count), make([]place, 0, count)
	f := &fuser{Graph: w.Graph, of: newTable[int32](w)}
	p.arrangeLeaves(clusters)
	for _, u := range updates {
		p.states[u.Variable], p.nexts[u.Next] = true, true
	}
	for i, c := range clusters {
		w.check()
		if c.fused {
			p.addFused(c, external, f)
		} else {
			p.addNodes(c)
		}
		clusters[i] = nil // its memory may go: what follows needs the steps only
	}
	for i, n := range outputs {
		at := p.locate(w.outputs[i])
		if !p.nexts[n] {
			at = p.inOrder(w.outputs[i], nil)
		}
		p.values[at.value].kept = true
		p.results[n] = at
	}
	return p
}

// arrangeLeaves finds the variables that convolutions use, so that they are written in the order that these want.
func (p *plan) arrangeLeaves(clusters []*cluster) {
	if !p.arranged {
		return
	}
	for _, c := range clusters {
		if c.fused {
			continue
		}
		for _, n := range c.nodes {
			arrange, in := p.kind(n).Arrange, p.in(n)
			if arrange == nil {
				break
			}
			for i, o := range arrange(make([]Order, len(in))).In {
				if x := p.seen(in[i]); p.kind(x).Variable && o != nil && p.leaves[x] == nil {
					p.leaves[x] = o
				}
			}
		}
	}
}

// addFused adds a fused cluster. Its results are in the order of the largest operand that has one.
func (p *plan) addFused(c *cluster, external perNode[bool], f *fuser) {
	s := step{node: c.nodes[len(c.nodes)-1]}
	f.begin(c)
	s.how.Out = p.fusedOrder(c, f)
	for i, n := range c.nodes {
		if external[n] && !c.copies(i) {
			s.dst = append(s.dst, p.store(n, s.how.Out))
			f.at(n).stored = true
		}
	}
	for _, n := range c.sums {
		s.dst = append(s.dst, p.store(n, s.how.Out.Without(p.kind(n).Sums)))
		f.at(n).stored = true
	}
	p.arrangeStates(c, s.how.Out)
	s.fused = f.fusion(c, s.how.Out, p.locate)
	s.in = s.fused.loads
	p.addStep(s)
}

// fusedOrder returns the order of most operands that have elements for all of the cluster's shape, of the first ones if there are
// several, and rows where they are added up.
func (p *plan) fusedOrder(c *cluster, f *fuser) Order {
	addsRows := slices.ContainsFunc(c.sums, func(n Node) bool { return p.kind(n).rank() > 0 })
	var found []Order
	var votes []int
	for _, n := range c.nodes {
		for _, x := range p.in(n) {
			x = p.seen(x)
			e := f.at(x)
			if _, splat := p.splat(x); splat || e.inside || e.ordered {
				continue
			}
			e.ordered = true
			if _, placed := p.home.at(p.base(x)); !placed && (len(found) > 0 || p.states[x]) { // a leaf, which has no say
				continue
			}
			o, ok := orderOf(*p.locate(x).layout)
			if !ok || o != nil && addsRows && o[len(o)-1] != len(o)-1 {
				continue
			}
			k := slices.IndexFunc(found, func(other Order) bool { return slices.Equal(other, o) })
			if k < 0 {
				k, found, votes = len(found), append(found, o), append(votes, 0)
			}
			votes[k]++
		}
	}
	if len(found) == 0 {
		return nil
	}
	return found[slices.Index(votes, slices.Max(votes))]
}

// arrangeStates gives the variables of updates that nothing has read before the order of a fused cluster's results: what is
// computed of them has the same order.
func (p *plan) arrangeStates(c *cluster, o Order) {
	if o == nil {
		return
	}
	for _, n := range c.nodes {
		for _, x := range p.in(n) {
			if x = p.seen(x); p.states[x] && slices.Equal(p.shape(x), p.shape(n)) && p.leaves[x] == nil {
				if _, placed := p.home.at(x); !placed {
					p.leaves[x] = o
				}
			}
		}
	}
}

// addNodes adds the nodes of a cluster that is not fused: one, or some that are added up in the same memory. Those come first
// whose operands are there first, so that they can be stacked.
func (p *plan) addNodes(c *cluster) {
	slices.SortStableFunc(c.nodes, func(a, b Node) int { return cmp.Compare(p.ready(a), p.ready(b)) })
	first := c.nodes[0]
	for _, n := range c.nodes {
		s := p.kernelStep(n)
		switch {
		case n != first:
			s.how.Add = true
		case c.onto != none:
			s.how.Add = true
			p.home.same(n, c.onto)
		default:
			p.store(n, s.how.Out)
		}
		s.dst = []int{p.home.value(first)}
		p.addStep(s)
	}
	if c.total != none {
		p.home.same(c.total, first)
	}
}

// ready returns the last step that writes an operand of n.
func (p *plan) ready(n Node) int {
	last := -1
	for _, x := range p.in(n) {
		last = max(last, int(p.values[p.locate(x).value].written))
	}
	return last
}

// kernelStep returns the step of a node with a kernel of its own, with its operands in the order that this wants.
func (p *plan) kernelStep(n Node) step {
	in := p.in(n)
	s := step{node: n, how: RowMajor(len(in))}
	if arrange := p.kind(n).Arrange; arrange != nil && p.arranged {
		have := make([]Order, len(in))
		for i, x := range in {
			have[i], _ = orderOf(*p.locate(x).layout)
		}
		s.how = arrange(have)
	}
	for i, x := range in {
		s.in = append(s.in, p.inOrder(x, s.how.In[i]))
	}
	return s
}
