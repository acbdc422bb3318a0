package autodiff

import "slices"

// A cut divides work at a moment. What is computed before it and needed after it
// is either stored, or computed again from what is stored, just before its first
// reader: a mask from the tensor it belongs to, the output of a layer from its
// input. This takes memory between the two moments only where it must.

// costStored is the cost at a cut of storing an element.
const costStored = 64

// after marks the nodes that are computed from the cluster at a position on.
func (w *work) after(position int, clusters []*cluster) perNode[bool] {
	after, placed := newTable[bool](w), newTable[bool](w)
	for i := len(clusters) - 1; i >= 0; i-- {
		for _, n := range clusters[i].nodes {
			after[n.seq], placed[n.seq] = i >= position, true
		}
		for n := range clusters[i].results() {
			after[n.seq], placed[n.seq] = i >= position, true
		}
	}
	for _, n := range w.order {
		if !placed[n.seq] { // a view, or a total that is added to another
			after[n.seq] = slices.ContainsFunc(n.in, func(x *Node) bool { return after[x.seq] })
		}
	}
	return after
}

// again marks the nodes before a cut that are computed again after it, so that the
// elements that are stored and the effort, at the price of one element for so
// much, are least. Of a plain cut only elementwise nodes are.
//
// This is a cheapest cut of the network g in which each node has two vertices, before
// and after its memory. Those on the sink's side of the cut have to be computed,
// or to be there, after the cut.
func (w *work) again(g *network, after perNode[bool], price int64, plain bool) perNode[bool] {
	g.begin(w.check)
	source, sink := g.vertex(), g.vertex()
	outputs := newTable[bool](w)
	for _, n := range w.outputs {
		outputs[n.base.seq] = true
	}
	vertices := newTable[int32](w) // before its memory, 0 if there is none; the next is after it
	var added []*Node
	// stored returns the vertex after the memory of n.
	stored := func(n *Node) int32 {
		v := vertices[n.seq]
		if v == 0 {
			v = g.vertex()
			g.vertex()
			vertices[n.seq] = v
			added = append(added, n)
		}
		return v + 1
	}
	needed := newTable[bool](w)
	for _, n := range w.order {
		if !after[n.seq] {
			continue
		}
		for _, x := range n.in {
			if b := x.base; len(b.in) > 0 && !after[b.seq] && !needed[b.seq] {
				needed[b.seq] = true
				g.connect(stored(b), sink, unlimited)
			}
		}
	}
	for k := 0; k < len(added); k++ {
		n := added[k]
		v := vertices[n.seq]
		store, cost := costStored*int64(n.Size()), n.costAgain(price, plain)
		if outputs[n.seq] { // is stored anyway
			store, cost = 0, unlimited
		}
		g.connect(v, v+1, store)
		g.connect(source, v, cost)
		if cost < unlimited {
			for _, x := range n.in {
				if b := x.base; len(b.in) > 0 {
					g.connect(stored(b), v, unlimited)
				}
			}
		}
	}
	side := g.cut(source, sink)
	again := newTable[bool](w)
	for _, n := range added {
		v := vertices[n.seq]
		again[n.seq] = !side[v] && !side[v+1]
	}
	return again
}

// costAgain is what computing a node again costs if its operands are there.
func (n *Node) costAgain(price int64, plain bool) int64 {
	// A node that costs more than its memory is worth may still pay for the
	// operands' sake, but hardly at many times that.
	effort := n.effort()
	if effort >= 8*price*int64(n.Size()) || plain && !n.Primitive().Elementwise() {
		return unlimited
	}
	return effort * costStored / price
}

// rebuilt returns the work with nodes from before the cut computed again before
// their first readers after it. Those are twins of the first, and so are the nodes
// that depend on them; all else stays.
func (w *work) rebuilt(after, again perNode[bool]) *work {
	next := &work{phase: slices.Clone(w.phase)}
	for _, n := range w.order {
		if !after[n.seq] {
			next.order = append(next.order, n)
		}
	}
	moved := func(n *Node) bool { return len(n.in) > 0 && (after[n.seq] || again[n.base.seq]) }
	twins := newTable[*Node](w) // of what is moved; some are their own
	for _, reader := range w.order {
		w.check()
		if !after[reader.seq] {
			continue
		}
		for stack := []*Node{reader}; len(stack) > 0; {
			n, ready := stack[len(stack)-1], true
			for _, x := range slices.Backward(n.in) {
				if moved(x) && twins[x.seq] == nil {
					stack, ready = append(stack, x), false
				}
			}
			if !ready {
				continue
			}
			stack = stack[:len(stack)-1]
			if twins[n.seq] == nil {
				t := n.twin(twins, !after[n.seq])
				if t != n {
					t.seq = int32(len(next.phase))
					next.phase = append(next.phase, 0)
				}
				twins[n.seq] = t
				next.order = append(next.order, t)
				next.phase[t.seq] = w.phase[reader.seq] + 1
			}
		}
	}
	for _, n := range w.outputs {
		if after[n.seq] {
			n = twins[n.seq]
		}
		next.outputs = append(next.outputs, n)
	}
	next.dropUnneeded()
	return next
}

// tellTwinsApart numbers the nodes that are computed from the same node of the graph:
// that node is the first, if it is left.
func (w *work) tellTwinsApart() {
	seen := make([]int32, len(w.phase)) // by id
	for _, n := range w.order {
		if !n.isTwin() {
			seen[n.id] = 1
		}
	}
	for _, n := range w.order {
		if n.isTwin() {
			n.nth = seen[n.id]
			seen[n.id]++
		}
	}
}

// isTwin reports whether n is no node of the graph itself.
func (n *Node) isTwin() bool { return n.seq != n.id }

// twin returns n computed from the twins of its operands: n itself if none has one
// but itself and it need not be another.
func (n *Node) twin(twins perNode[*Node], other bool) *Node {
	in := slices.Clone(n.in)
	for i, x := range n.in {
		if t := twins[x.seq]; t != nil && t != x {
			in[i], other = t, true
		}
	}
	if !other {
		return n
	}
	t := *n
	t.in = in
	t.findBase()
	return &t
}

// dropUnneeded removes the nodes that no output depends on any more.
func (w *work) dropUnneeded() {
	needed := newTable[bool](w)
	for _, n := range w.outputs {
		needed[n.seq] = true
	}
	for _, n := range slices.Backward(w.order) {
		if needed[n.seq] {
			for _, x := range n.in {
				needed[x.seq] = true
			}
		}
	}
	w.order = slices.DeleteFunc(w.order, func(n *Node) bool { return !needed[n.seq] })
}
