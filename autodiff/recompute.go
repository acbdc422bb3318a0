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
	r := &recomputation{
		of: newTable[*cluster](w), phase: w.phase,
		readers: newTable[int32](w), pinned: newTable[bool](w), last: newTable[int32](w), clusters: clusters,
		list: make([]reader, 0, 2*len(w.order)),
	}
	for i := range r.readers {
		r.readers[i] = -1
	}
	for _, n := range w.outputs {
		r.pinned[n.base.seq] = true
		r.last[n.base.seq] = int32(len(clusters))
	}
	for i, c := range clusters {
		c.number = i
		r.scan(c)
	}
	for _, c := range clusters {
		w.check()
		if c.fused {
			r.move(c)
		}
	}
	r.prune()
}

// recomputation is what is known of the nodes. Clusters are numbered in their order.
type recomputation struct {
	clusters []*cluster
	of       perNode[*cluster]
	readers  perNode[int32] // fused clusters that read a node block by block: the last one's place in list, −1 if none
	list     []reader
	pinned   perNode[bool]  // read as a whole by views, kernels, the caller, or after a cut
	phase    perNode[int32] // of work
	last     perNode[int32] // the number of the last cluster that reads a node's memory

	found        []derived // of a cluster
	chains       []*Node   // of those, one after the other
	chain, bases []*Node   // of a node
	longer       []*Node
}

// reader is a cluster that reads a node.
type reader struct {
	cluster, before int32 // its number, and the place of the reader before it, −1 if it is the first
}

// addReader notes that c reads n; clusters come in their order.
func (r *recomputation) addReader(n *Node, c *cluster) {
	if k := r.readers[n.seq]; k < 0 || int(r.list[k].cluster) != c.number {
		r.list = append(r.list, reader{int32(c.number), k})
		r.readers[n.seq] = int32(len(r.list) - 1)
	}
}

func (r *recomputation) scan(c *cluster) {
	for _, n := range c.sums {
		r.of[n.seq] = c
		r.addReader(unstopped(n.in[0]), c)
		if n.Rank() > 0 { // others read what is stored for them: its operands may be gone
			r.pinned[unstopped(n.in[0]).seq] = true
		}
	}
	if c.total != nil {
		r.of[c.total.seq] = c
	}
	for _, n := range c.nodes {
		r.of[n.seq] = c
		for _, x := range n.in {
			x = unstopped(x)
			r.last[x.base.seq] = int32(c.number)
			switch {
			case !c.fused || x != x.base || r.phase[x.seq] != r.phase[n.seq]:
				r.pinned[x.base.seq] = true
			default:
				r.addReader(x, c)
			}
		}
	}
}

// derived is a node that others can compute for themselves.
type derived struct {
	node         *Node
	chain, bases []*Node
}

// move lets the readers outside a cluster compute for themselves what they read
// of it, if that takes less memory than storing it: the tensors that it is
// computed from may have to be kept longer.
func (r *recomputation) move(c *cluster) {
	saved := 0
	r.found, r.chains, r.longer = r.found[:0], r.chains[:0], r.longer[:0]
	for _, n := range c.nodes {
		if r.of[n.seq] != c || r.pinned[n.seq] || !r.othersRead(n, c) {
			continue
		}
		if !r.derive(n) {
			continue
		}
		first := len(r.chains)
		r.chains = append(append(r.chains, r.chain...), r.bases...)
		bases := first + len(r.chain)
		r.found = append(r.found, derived{n, r.chains[first:bases:bases], r.chains[bases:]})
		saved += n.Size()
		last := r.list[r.readers[n.seq]].cluster
		for _, b := range r.bases {
			if r.last[b.base.seq] < last && !slices.Contains(r.longer, b.base) {
				r.longer = append(r.longer, b.base)
				saved -= b.base.Size()
			}
		}
	}
	if saved < 0 {
		return
	}
	for _, d := range r.found {
		for k := r.readers[d.node.seq]; k >= 0; k = r.list[k].before {
			reader := r.clusters[r.list[k].cluster]
			if reader == c {
				continue
			}
			reader.addCopies(d.chain)
			for _, b := range d.bases {
				r.last[b.base.seq] = max(r.last[b.base.seq], int32(reader.number))
			}
		}
	}
}

// othersRead reports whether fused clusters other than c read n.
func (r *recomputation) othersRead(n *Node, c *cluster) bool {
	k := r.readers[n.seq]
	return k >= 0 && (int(r.list[k].cluster) != c.number || r.list[k].before >= 0)
}

// derive finds the chain: the nodes of n's cluster that compute n from tensors that are
// stored, and the bases: those tensors; false if either are too many.
func (r *recomputation) derive(n *Node) bool {
	home := r.of[n.seq]
	chain, bases := append(r.chain[:0], n), r.bases[:0]
	cost := 0
	for k := 0; k < len(chain); k++ {
		cost += chain[k].Primitive().loopCost()
		for _, x := range chain[k].in {
			x = unstopped(x)
			if _, splat := x.Splat(); splat || slices.Contains(chain, x) || slices.Contains(bases, x) {
				continue
			}
			switch {
			case (r.of[x.seq] == home || r.copied(x, home)) && !r.pinned[x.seq] && x.op != OpSum:
				chain = append(chain, x)
			case len(x.base.in) > 0: // variables are there anyway
				bases = append(bases, x)
			}
			if len(chain) > maxChain || cost > maxCost || len(bases) > maxBases {
				return false
			}
		}
	}
	slices.SortFunc(chain, func(a, b *Node) int { return cmp.Compare(a.id, b.id) })
	r.chain, r.bases = chain, bases
	return len(bases) > 0
}

// copied reports whether a cluster computes a node of another one too.
func (r *recomputation) copied(n *Node, c *cluster) bool {
	if !c.hasCopies || r.of[n.seq] == c {
		return false
	}
	_, found := c.find(n)
	return found
}

// prune drops the nodes of fused clusters that nobody reads any more, and marks the copies.
func (r *recomputation) prune() {
	read := make(perNode[bool], len(r.of)) // by clusters further on
	// The last cluster that has a node, and that reads it itself, from 1.
	member, inside := make(perNode[int32], len(r.of)), make(perNode[int32], len(r.of))
	for i, c := range slices.Backward(r.clusters) {
		if !c.fused {
			continue
		}
		at := int32(i + 1)
		for _, n := range c.nodes {
			member[n.seq] = at
		}
		for _, n := range c.sums {
			inside[unstopped(n.in[0]).seq] = at
		}
		kept := len(c.nodes) // the first of those that are kept
		for _, n := range slices.Backward(c.nodes) {
			if inside[n.seq] != at && (r.of[n.seq] != c || !r.pinned[n.seq] && !read[n.seq]) {
				continue
			}
			kept--
			c.nodes[kept] = n
			for _, x := range n.in {
				if x = unstopped(x); member[x.seq] == at {
					inside[x.seq] = at
				} else {
					read[x.seq] = true
				}
			}
		}
		c.nodes = c.nodes[kept:]
		if c.hasCopies {
			c.copied = make([]bool, len(c.nodes))
			for k, n := range c.nodes {
				c.copied[k] = r.of[n.seq] != c
			}
		}
	}
}
