package program

import "slices"

// A cut divides work at a moment. Of what is computed before it and needed after it, some is stored. The rest is computed again
// from that, just before its first reader: a mask from the tensor that it belongs to, the output of a layer from its input. So
// only what is stored takes memory from one moment to the other.

// costStored is the cost at a cut of storing an element.
const costStored = 64

// after marks the nodes that are computed from the cluster at a position on.
func (w *work) after(position int, clusters []*cluster) perNode[bool] {
	after, placed := newTable[bool](w), newTable[bool](w)
	for i := len(clusters) - 1; i >= 0; i-- {
		for _, n := range clusters[i].nodes {
			after[n], placed[n] = i >= position, true
		}
		for n := range clusters[i].results() {
			after[n], placed[n] = i >= position, true
		}
	}
	for _, n := range w.nodes {
		if !placed[n] { // a view, or a total that is added to another
			after[n] = slices.ContainsFunc(w.in(n), func(x Node) bool { return after[x] })
		}
	}
	return after
}

// again marks the nodes before a cut that are computed again after it: those for which the cost is least, the number of elements
// stored times price plus the effort of computing again. If the cut is plain, only elementwise nodes are computed again.
//
// This is a cheapest cut of the network g in which each node has two vertices, before and after its memory. Those on the sink's
// side of the cut have to be computed, or to be there, after the cut.
func (w *work) again(g *network, after perNode[bool], price int64, plain bool) perNode[bool] {
	g.begin(w.check)
	source, sink := g.vertex(), g.vertex()
	outputs := newTable[bool](w)
	for _, n := range w.outputs {
		outputs[w.base(n)] = true
	}
	vertices := newTable[int32](w) // before its memory, 0 if there is none; the next is after it
	var added []Node
	// stored returns the vertex after the memory of n.
	stored := func(n Node) int32 {
		v := vertices[n]
		if v == 0 {
			v = g.vertex()
			g.vertex()
			vertices[n] = v
			added = append(added, n)
		}
		return v + 1
	}
	needed := newTable[bool](w)
	for _, n := range w.nodes {
		if !after[n] {
			continue
		}
		for _, x := range w.in(n) {
			if b := w.base(x); !w.isLeaf(b) && !after[b] && !needed[b] {
				needed[b] = true
				g.connect(stored(b), sink, unlimited)
			}
		}
	}
	for k := 0; k < len(added); k++ {
		n := added[k]
		v := vertices[n]
		store, cost := costStored*int64(w.size(n)), w.costAgain(n, price, plain)
		if outputs[n] { // is stored anyway
			store, cost = 0, unlimited
		}
		g.connect(v, v+1, store)
		g.connect(source, v, cost)
		if cost < unlimited {
			for _, x := range w.in(n) {
				if b := w.base(x); !w.isLeaf(b) {
					g.connect(stored(b), v, unlimited)
				}
			}
		}
	}
	side := g.cut(source, sink)
	again := newTable[bool](w)
	for _, n := range added {
		v := vertices[n]
		again[n] = !side[v] && !side[v+1]
	}
	return again
}

// costAgain is what computing a node again costs if its operands are there.
func (w *work) costAgain(n Node, price int64, plain bool) int64 {
	// A node that costs more than its memory is worth may still pay for the
	// operands' sake, but hardly at many times that.
	effort := w.effortOf(n)
	if effort >= 8*price*int64(w.size(n)) || plain && !w.kind(n).Elementwise() {
		return unlimited
	}
	return effort * costStored / price
}

// rebuilt returns the work with nodes from before the cut computed again before their first readers after it. Those are twins
// of the first, and so are the nodes that depend on them; all else stays.
func (w *work) rebuilt(after, again perNode[bool]) *work {
	w.forgetTwins(len(w.phase))
	next := &work{Graph: w.Graph, phase: slices.Clone(w.phase), verify: w.verify}
	for _, n := range w.nodes {
		if !after[n] {
			next.nodes = append(next.nodes, n)
		}
	}
	moved := func(n Node) bool { return !w.isLeaf(n) && (after[n] || again[w.base(n)]) }
	twins := newTable[Node](w) // of what is moved, from 1; some are their own
	var stack []Node
	for _, reader := range w.nodes {
		w.check()
		if !after[reader] {
			continue
		}
		for stack = append(stack[:0], reader); len(stack) > 0; {
			n, ready := stack[len(stack)-1], true
			for _, x := range slices.Backward(w.in(n)) {
				if moved(x) && twins[x] == 0 {
					stack, ready = append(stack, x), false
				}
			}
			if !ready {
				continue
			}
			stack = stack[:len(stack)-1]
			if twins[n] == 0 {
				t := w.twin(n, twins, !after[n])
				if t != n {
					next.phase = append(next.phase, 0)
				}
				twins[n] = t + 1
				next.nodes = append(next.nodes, t)
				next.phase[t] = w.phase[reader] + 1
			}
		}
	}
	for _, n := range w.outputs {
		if after[n] {
			n = twins[n] - 1
		}
		next.outputs = append(next.outputs, n)
	}
	next.dropUnneeded()
	return next
}
