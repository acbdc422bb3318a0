package autodiff

import (
	"cmp"
	"slices"
)

// The bounds of what is computed again instead of being stored: the elementwise
// nodes on the way, what their loops cost, in additions, and the tensors they start
// from.
const (
	maxChain = 60
	maxCost  = 18
	maxBases = 6
)

// recompute moves elementwise functions of stored tensors into the clusters that
// read them, so that they need not be stored: the mask 0 < y, the derivative
// 1 − y² of a layer with the output y, the product of a tangent with a second
// derivative. Computing them again in the cache takes less time than writing and
// reading them, and no memory from the forward to the backward pass.
func (w *work) recompute(clusters []*cluster) {
	r := &recomputation{nodes: newTable[residence](w), phase: w.phase, chains: make([]*Node, 1, 1+len(w.order))}
	for _, n := range w.outputs {
		r.nodes[n.base.seq].pinned = true
		r.nodes[n.base.seq].last = int32(len(clusters) + 1)
	}
	for i, c := range clusters {
		c.number = i + 1
		r.scan(c)
	}
	for _, c := range clusters {
		w.check()
		if c.fused {
			r.take(c)
			r.move(c)
		}
	}
	for _, c := range slices.Backward(clusters) {
		if c.fused {
			r.prune(c)
		}
	}
}

// recomputation is what is known of the nodes. Clusters are numbered in their order, from 1.
type recomputation struct {
	nodes  perNode[residence]
	phase  perNode[int32] // of work
	chains []*Node        // of the nodes that are moved, one after the other, from 1

	found        []derived // of a cluster
	ends         []*Node   // the bases of those, one after the other
	chain, bases []*Node   // of a node
	longer       []*Node
	taken        []*Node
}

// residence is where a node is computed, and who reads it; clusters by their numbers.
type residence struct {
	home    int32 // its cluster, 0 if none
	member  int32 // the last cluster seen that computes it, itself or as a copy
	inside  int32 // the last cluster seen that computes it and reads it too
	last    int32 // the last cluster that reads its memory
	chain   int32 // where the chain ends that its readers compute for themselves, 0 if it is stored for them
	pinned  bool  // read as a whole by views, kernels, the caller, or after a cut
	outside bool  // read by a cluster further on that does not compute it
}

func (r *recomputation) scan(c *cluster) {
	number := int32(c.number)
	for _, n := range c.nodes {
		r.nodes[n.seq].home = number
		for _, x := range n.in {
			x = unstopped(x)
			base := &r.nodes[x.base.seq]
			base.last = number
			if !c.fused || x != x.base || r.phase[x.seq] != r.phase[n.seq] {
				base.pinned = true
			}
		}
	}
	for _, n := range c.sums {
		r.nodes[n.seq].home = number
		if n.Rank() > 0 { // others read what is stored for them: its operands may be gone
			r.nodes[unstopped(n.in[0]).seq].pinned = true
		}
	}
	if c.total != nil {
		r.nodes[c.total.seq].home = number
	}
}

// take puts the chains of what a cluster reads among its nodes, in the order of their numbers.
func (r *recomputation) take(c *cluster) {
	number := int32(c.number)
	for _, n := range c.nodes {
		r.nodes[n.seq].member = number
	}
	r.taken = r.taken[:0]
	for _, n := range c.nodes {
		for _, x := range n.in {
			x = unstopped(x)
			at := &r.nodes[x.seq]
			if at.home == number || at.chain == 0 {
				continue
			}
			for k, n := at.chain, (*Node)(nil); n != x; k-- { // a chain begins with the node that it computes
				n = r.chains[k]
				if at := &r.nodes[n.seq]; at.member != number {
					at.member = number
					r.taken = append(r.taken, n)
				}
			}
		}
	}
	if len(r.taken) > 0 {
		slices.SortFunc(r.taken, func(a, b *Node) int { return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.seq, b.seq)) })
		c.nodes, c.hasCopies = merge(c.nodes, r.taken), true
	}
}

// merge adds nodes to a list; both are in the order of their numbers.
func merge(list, more []*Node) []*Node {
	k := len(list) - 1
	list = append(list, more...)
	for at := len(list) - 1; len(more) > 0; at-- {
		if last := len(more) - 1; k >= 0 && list[k].id > more[last].id {
			list[at] = list[k]
			k--
		} else {
			list[at], more = more[last], more[:last]
		}
	}
	return list
}

// derived is a node that others can compute for themselves.
type derived struct {
	node  *residence
	chain int32   // where it ends
	bases []*Node // of it
}

// move lets the readers outside a cluster compute for themselves what they read
// of it, if that takes less memory than storing it: the tensors that it is
// computed from may have to be kept longer.
func (r *recomputation) move(c *cluster) {
	saved, number, chains := 0, int32(c.number), len(r.chains)
	r.found, r.ends, r.longer = r.found[:0], r.ends[:0], r.longer[:0]
	for _, n := range c.nodes {
		at := &r.nodes[n.seq]
		if at.home != number || at.pinned || at.last <= number || !r.derive(n) {
			continue
		}
		r.chains, r.ends = append(r.chains, r.chain...), append(r.ends, r.bases...)
		r.found = append(r.found, derived{at, int32(len(r.chains) - 1), r.ends[len(r.ends)-len(r.bases):]})
		saved += n.Size()
		for _, b := range r.bases {
			if r.nodes[b.base.seq].last < at.last && !slices.Contains(r.longer, b.base) {
				r.longer = append(r.longer, b.base)
				saved -= b.base.Size()
			}
		}
	}
	if saved < 0 {
		r.chains = r.chains[:chains]
		return
	}
	for _, d := range r.found {
		d.node.chain = d.chain
		for _, b := range d.bases {
			base := &r.nodes[b.base.seq]
			base.last = max(base.last, d.node.last)
		}
	}
}

// derive finds the chain: n and the nodes of its cluster that compute it from tensors that
// are stored, and the bases: those tensors; false if either are too many.
func (r *recomputation) derive(n *Node) bool {
	home := r.nodes[n.seq].home
	chain, bases := append(r.chain[:0], n), r.bases[:0]
	cost := 0
	for k := 0; k < len(chain); k++ {
		cost += chain[k].Primitive().loopCost()
		for _, x := range chain[k].in {
			x = unstopped(x)
			if _, splat := x.Splat(); splat || slices.Contains(chain, x) || slices.Contains(bases, x) {
				continue
			}
			switch at := &r.nodes[x.seq]; {
			case at.member == home && !at.pinned && x.op != OpSum:
				chain = append(chain, x)
			case len(x.base.in) > 0: // variables are there anyway
				bases = append(bases, x)
			}
			if len(chain) > maxChain || cost > maxCost || len(bases) > maxBases {
				return false
			}
		}
	}
	r.chain, r.bases = chain, bases
	return len(bases) > 0
}

// prune drops the nodes of a fused cluster that nobody reads any more, and marks the copies.
// Those further on come first.
func (r *recomputation) prune(c *cluster) {
	number := int32(c.number)
	for _, n := range c.nodes {
		r.nodes[n.seq].member = number
	}
	for _, n := range c.sums {
		r.nodes[unstopped(n.in[0]).seq].inside = number
	}
	kept := len(c.nodes) // the first of those that are kept
	for _, n := range slices.Backward(c.nodes) {
		if at := &r.nodes[n.seq]; at.inside != number && (at.home != number || !at.pinned && !at.outside) {
			continue
		}
		kept--
		c.nodes[kept] = n
		for _, x := range n.in {
			if at := &r.nodes[unstopped(x).seq]; at.member == number {
				at.inside = number
			} else {
				at.outside = true
			}
		}
	}
	c.nodes = c.nodes[kept:]
	if c.hasCopies {
		c.copied = make([]bool, len(c.nodes))
		for k, n := range c.nodes {
			c.copied[k] = r.nodes[n.seq].home != number
		}
	}
}
