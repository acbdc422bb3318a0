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
		readers: newTable[[]*cluster](w), pinned: newTable[bool](w), last: newTable[int](w),
	}
	for _, n := range w.outputs {
		r.pinned[n.base.seq] = true
		r.last[n.base.seq] = len(clusters)
	}
	for i, c := range clusters {
		c.number = i
		r.scan(c)
	}
	for _, c := range clusters {
		if c.fused {
			r.move(c)
		}
	}
	r.prune(clusters)
}

// recomputation is what is known of the nodes. Clusters are numbered in their order.
type recomputation struct {
	of      perNode[*cluster]
	readers perNode[[]*cluster] // fused clusters that read a node block by block
	pinned  perNode[bool]       // read as a whole by views, kernels, the caller, or after a cut
	phase   perNode[int]        // of work
	last    perNode[int]        // the number of the last cluster that reads a node's memory
}

// addReader notes that c reads n; clusters come in their order.
func (r *recomputation) addReader(n *Node, c *cluster) {
	if list := r.readers[n.seq]; len(list) == 0 || list[len(list)-1] != c {
		r.readers[n.seq] = append(list, c)
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
			r.last[x.base.seq] = c.number
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
	var list []derived
	saved := 0
	longer := make(map[*Node]bool)
	for _, n := range c.nodes {
		if c.copies[n] || r.pinned[n.seq] || !slices.ContainsFunc(r.readers[n.seq], func(o *cluster) bool { return o != c }) {
			continue
		}
		if chain, bases, ok := r.chain(n); ok {
			list = append(list, derived{n, chain, bases})
			saved += n.Size()
			for _, b := range bases {
				if r.last[b.base.seq] < r.lastReader(n) {
					longer[b.base] = true
				}
			}
		}
	}
	for b := range longer {
		saved -= b.Size()
	}
	if saved < 0 {
		return
	}
	for _, d := range list {
		for _, reader := range r.readers[d.node.seq] {
			if reader == c {
				continue
			}
			reader.addCopies(d.chain)
			for _, b := range d.bases {
				r.last[b.base.seq] = max(r.last[b.base.seq], reader.number)
			}
		}
	}
}

// lastReader returns the number of the last cluster that reads a node.
func (r *recomputation) lastReader(n *Node) int {
	last := -1
	for _, reader := range r.readers[n.seq] {
		last = max(last, reader.number)
	}
	return last
}

// chain returns the nodes of n's cluster that compute n from tensors that are
// stored, and those tensors; false if either are too many.
func (r *recomputation) chain(n *Node) (chain, bases []*Node, ok bool) {
	home := r.of[n.seq]
	chain = []*Node{n}
	cost := 0
	for k := 0; k < len(chain); k++ {
		cost += chain[k].Primitive().loopCost()
		for _, x := range chain[k].in {
			x = unstopped(x)
			if _, splat := x.Splat(); splat || slices.Contains(chain, x) || slices.Contains(bases, x) {
				continue
			}
			switch {
			case (r.of[x.seq] == home || home.copies[x]) && !r.pinned[x.seq] && x.op != OpSum:
				chain = append(chain, x)
			case len(x.base.in) > 0: // variables are there anyway
				bases = append(bases, x)
			}
			if len(chain) > maxChain || cost > maxCost || len(bases) > maxBases {
				return nil, nil, false
			}
		}
	}
	slices.SortFunc(chain, func(a, b *Node) int { return cmp.Compare(a.id, b.id) })
	return chain, bases, len(bases) > 0
}

func (c *cluster) addCopies(chain []*Node) {
	for _, n := range chain {
		if !slices.Contains(c.nodes, n) {
			c.nodes = append(c.nodes, n)
			if c.copies == nil {
				c.copies = make(map[*Node]bool)
			}
			c.copies[n] = true
		}
	}
	slices.SortFunc(c.nodes, func(a, b *Node) int { return cmp.Compare(a.id, b.id) })
}

// prune drops the nodes of fused clusters that nobody reads any more.
func (r *recomputation) prune(clusters []*cluster) {
	read := make(perNode[bool], len(r.of)) // by clusters further on
	// The last cluster that has a node, and that reads it itself, from 1.
	member, inside := make(perNode[int], len(r.of)), make(perNode[int], len(r.of))
	for i, c := range slices.Backward(clusters) {
		if !c.fused {
			continue
		}
		for _, n := range c.nodes {
			member[n.seq] = i + 1
		}
		for _, n := range c.sums {
			inside[unstopped(n.in[0]).seq] = i + 1
		}
		var kept []*Node
		for _, n := range slices.Backward(c.nodes) {
			if inside[n.seq] != i+1 && (c.copies[n] || !r.pinned[n.seq] && !read[n.seq]) {
				continue
			}
			kept = append(kept, n)
			for _, x := range n.in {
				if x = unstopped(x); member[x.seq] == i+1 {
					inside[x.seq] = i + 1
				} else {
					read[x.seq] = true
				}
			}
		}
		slices.Reverse(kept)
		c.nodes = kept
	}
}
