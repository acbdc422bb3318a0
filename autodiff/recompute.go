package autodiff

import "slices"

// The bounds of what is computed again instead of being stored: the elementwise
// nodes on the way, and the tensors they start from.
const (
	maxChain = 60
	maxBases = 6
)

// recompute moves elementwise functions of stored tensors into the clusters that
// read them, so that they need not be stored: the mask 0 < y, the derivative
// 1 − y² of a layer with the output y, the product of a tangent with a second
// derivative. Computing them again in the cache takes less time than writing and
// reading them, and no memory from the forward to the backward pass.
func recompute(clusters []*cluster, outputs []*Node, phase map[*Node]int) {
	size := len(phase)
	r := &recomputation{
		position: make(map[*cluster]int, len(clusters)), of: make(map[*Node]*cluster, size), phase: phase,
		readers: make(map[*Node][]*cluster), pinned: make(map[*Node]bool, size), last: make(map[*Node]int, size),
	}
	for _, n := range outputs {
		r.pinned[n.base] = true
		r.last[n.base] = len(clusters)
	}
	for i, c := range clusters {
		r.position[c] = i
		r.scan(c, i)
	}
	for _, c := range clusters {
		if c.fused {
			r.move(c)
		}
	}
	prune(clusters, r.pinned)
}

// recomputation is what is known of the clusters.
type recomputation struct {
	position map[*cluster]int
	of       map[*Node]*cluster
	readers  map[*Node][]*cluster // fused clusters that read a node block by block
	pinned   map[*Node]bool       // read as a whole by views, kernels, the caller, or after a cut
	phase    map[*Node]int        // of work
	last     map[*Node]int        // the position of the last cluster that reads a node's memory
}

// addReader notes that c reads n; clusters come in their order.
func (r *recomputation) addReader(n *Node, c *cluster) {
	if list := r.readers[n]; len(list) == 0 || list[len(list)-1] != c {
		r.readers[n] = append(list, c)
	}
}

func (r *recomputation) scan(c *cluster, position int) {
	for _, n := range c.sums {
		r.of[n] = c
		r.addReader(unstopped(n.in[0]), c)
		if n.Rank() > 0 { // others read what is stored for them: its operands may be gone
			r.pinned[unstopped(n.in[0])] = true
		}
	}
	if c.total != nil {
		r.of[c.total] = c
	}
	for _, n := range c.nodes {
		r.of[n] = c
		for _, x := range n.in {
			x = unstopped(x)
			r.last[x.base] = position
			switch {
			case !c.fused || x != x.base || r.phase[x] != r.phase[n]:
				r.pinned[x.base] = true
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
		if c.copies[n] || r.pinned[n] || !slices.ContainsFunc(r.readers[n], func(o *cluster) bool { return o != c }) {
			continue
		}
		if chain, bases, ok := r.chain(n); ok {
			list = append(list, derived{n, chain, bases})
			saved += n.Size()
			for _, b := range bases {
				if r.last[b.base] < r.lastReader(n) {
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
		for _, reader := range r.readers[d.node] {
			if reader == c {
				continue
			}
			reader.addCopies(d.chain)
			for _, b := range d.bases {
				r.last[b.base] = max(r.last[b.base], r.position[reader])
			}
		}
	}
}

// lastReader returns the position of the last cluster that reads a node.
func (r *recomputation) lastReader(n *Node) int {
	last := -1
	for _, reader := range r.readers[n] {
		last = max(last, r.position[reader])
	}
	return last
}

// chain returns the nodes of n's cluster that compute n from tensors that are
// stored, and those tensors; false if either are too many.
func (r *recomputation) chain(n *Node) (chain, bases []*Node, ok bool) {
	home := r.of[n]
	chain = []*Node{n}
	for k := 0; k < len(chain); k++ {
		for _, x := range chain[k].in {
			x = unstopped(x)
			if _, splat := x.Splat(); splat || slices.Contains(chain, x) || slices.Contains(bases, x) {
				continue
			}
			switch {
			case (r.of[x] == home || home.copies[x]) && !r.pinned[x] && x.op != OpSum:
				chain = append(chain, x)
			case len(x.base.in) > 0: // variables are there anyway
				bases = append(bases, x)
			}
			if len(chain) > maxChain || len(bases) > maxBases {
				return nil, nil, false
			}
		}
	}
	slices.SortFunc(chain, func(a, b *Node) int { return a.id - b.id })
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
	slices.SortFunc(c.nodes, func(a, b *Node) int { return a.id - b.id })
}

// prune drops the nodes of fused clusters that nobody reads any more.
func prune(clusters []*cluster, pinned map[*Node]bool) {
	read := make(map[*Node]bool) // by clusters further on
	for i := len(clusters) - 1; i >= 0; i-- {
		c := clusters[i]
		if !c.fused {
			continue
		}
		inside := make(map[*Node]bool) // read in this cluster
		for _, n := range c.sums {
			inside[unstopped(n.in[0])] = true
		}
		outside := make(map[*Node]bool)
		var kept []*Node
		for k := len(c.nodes) - 1; k >= 0; k-- {
			n := c.nodes[k]
			if !inside[n] && (c.copies[n] || !pinned[n] && !read[n]) {
				continue
			}
			kept = append(kept, n)
			for _, x := range n.in {
				x = unstopped(x)
				if slices.Contains(c.nodes, x) {
					inside[x] = true
				} else {
					outside[x] = true
				}
			}
		}
		slices.Reverse(kept)
		c.nodes = kept
		for x := range outside {
			read[x] = true
		}
	}
}
