package program

import "iter"

// cluster is a set of nodes that are computed together: a single node with a kernel of its own; products of which only the total
// is wanted, each added to those before it; or a tree of elementwise nodes, operands first, whose values stay in the cache.
type cluster struct {
	total  Node // the sum of the nodes, if they are added up, else none
	onto   Node // the total of an earlier cluster that they are added to, in its memory, else none
	nodes  []Node
	sums   []Node   // sums over all elements, or along rows, of nodes of a fused cluster
	copied []bool   // which nodes another cluster computes too, nil if none
	into   *cluster // that a fused one has become part of, nil if it stands for itself
	size   int32    // how many nodes a fused one has, until it is put in order and has them
	number int32    // from 1, while clusters form; when they are in order, their place in that

	fused     bool
	hasCopies bool
}

// results are the nodes that a cluster stores, if anyone else reads them.
func (c *cluster) results() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		for i, n := range c.nodes {
			if !c.copies(i) && !yield(n) {
				return
			}
		}
		if c.total != none && !yield(c.total) {
			return
		}
		for _, n := range c.sums {
			if !yield(n) {
				return
			}
		}
	}
}

// copies reports whether another cluster computes node i too, and stores it if that is wanted.
func (c *cluster) copies(i int) bool { return c.copied != nil && c.copied[i] }

// result is what a cluster of one node, or of products, computes.
func (c *cluster) result() Node {
	if c.total != none {
		return c.total
	}
	return c.nodes[0]
}

// whole returns the cluster that c has become part of.
func (c *cluster) whole() *cluster {
	for c.into != nil {
		c = c.into
	}
	return c
}

// externals marks the elementwise nodes whose values are read outside their cluster, and counts them.
func (w *work) externals(clusters []*cluster) (external perNode[bool], count int) {
	external = newTable[bool](w)
	for _, n := range w.outputs {
		external[w.base(n)] = true
	}
	inside := newTable[int32](w) // the last cluster with a node, from 1
	for i, c := range clusters {
		for _, n := range c.nodes {
			inside[n] = int32(i + 1)
			for _, x := range w.in(n) {
				if !c.fused || inside[w.seen(x)] != int32(i+1) {
					external[w.base(x)] = true
				}
			}
		}
	}
	for _, e := range external {
		if e {
			count++
		}
	}
	return external, count
}

// peak returns the cluster during which most elements are stored, and how many.
func (w *work) peak(clusters []*cluster) (at, peak int) {
	live := make([]int, len(clusters)+1) // differences, by position
	last := newTable[int32](w)
	member := newTable[int32](w) // the last fused cluster with a node, from 1
	for i, c := range clusters {
		w.check()
		for _, n := range c.nodes {
			if c.fused {
				member[n] = int32(i + 1)
			}
		}
		for _, n := range c.nodes {
			for _, x := range w.in(n) {
				if member[w.seen(x)] != int32(i+1) {
					last[w.base(x)] = int32(i)
				}
			}
		}
		if c.onto != none {
			last[c.onto] = int32(i - 1) // its memory is the total's from here on
		}
		for n := range c.results() {
			last[n] = -1
		}
	}
	for i, c := range clusters {
		for n := range c.results() {
			if last[n] >= 0 {
				live[i] += w.size(n)
				live[last[n]+1] -= w.size(n)
			}
		}
	}
	sum := 0
	for i, d := range live {
		if sum += d; sum > peak {
			at, peak = i, sum
		}
	}
	return at, peak
}
