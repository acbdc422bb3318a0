package autodiff

import "slices"

// maxChain bounds the nodes that are computed again to save storing their last.
const maxChain = 12

// recompute moves cheap functions of one stored tensor, such as the mask 0 < y or
// the derivative 1 − y² of a layer with the output y, into the clusters that read
// them: computing them again takes less time and memory than keeping them from
// the forward to the backward pass.
func recompute(clusters []*cluster, outputs []*Node) {
	of := make(map[*Node]*cluster)
	readers := make(map[*Node][]*cluster)
	pinned := make(map[*Node]bool) // read as a whole: by views, kernels, the caller
	for _, n := range outputs {
		pinned[base(n)] = true
	}
	for _, c := range clusters {
		for _, n := range c.sums {
			of[n] = c
			readers[unstopped(n.in[0])] = append(readers[unstopped(n.in[0])], c)
		}
		for _, n := range c.nodes {
			of[n] = c
			for _, x := range n.in {
				if x = unstopped(x); c.fused && x == base(x) {
					if !slices.Contains(readers[x], c) {
						readers[x] = append(readers[x], c)
					}
				} else {
					pinned[base(x)] = true
				}
			}
		}
	}
	for _, c := range clusters {
		for _, n := range c.nodes {
			if !c.fused || pinned[n] || len(readers[n]) == 1 && readers[n][0] == c {
				continue
			}
			chain, ok := cheapChain(n, of, pinned)
			if !ok {
				continue
			}
			for _, r := range readers[n] {
				if r != c {
					r.addCopies(chain)
				}
			}
		}
	}
	prune(clusters, pinned)
}

// cheapChain returns the nodes that compute n from a single tensor that is stored
// for another reason, n last; false if there is no such tensor or the way to it
// is long.
func cheapChain(n *Node, of map[*Node]*cluster, pinned map[*Node]bool) ([]*Node, bool) {
	chain := []*Node{n}
	var root *Node
	for k := 0; k < len(chain); k++ {
		for _, x := range chain[k].in {
			x = unstopped(x)
			if _, splat := x.Splat(); splat || slices.Contains(chain, x) {
				continue
			}
			inside := of[x] != nil && of[x] == of[n] && !pinned[x] && x.op != OpSum
			switch {
			case x == root:
			case inside && len(chain) < maxChain:
				chain = append(chain, x)
			case root == nil && !inside:
				root = x
			default:
				return nil, false
			}
		}
	}
	if root == nil || root.op == OpBroadcast || !slices.Equal(root.shape, n.shape) {
		return nil, false
	}
	slices.SortFunc(chain, func(a, b *Node) int { return a.id - b.id })
	return chain, true
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
