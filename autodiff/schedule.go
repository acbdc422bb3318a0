package autodiff

import (
	"iter"
	"slices"
)

// cluster is a set of nodes that are computed together: a single node with a
// kernel of its own; products whose total alone is wanted, each added to those
// before it; or a tree of elementwise nodes, operands first, whose values stay in
// the cache.
type cluster struct {
	total  *Node // the sum of the nodes, if they are added up
	onto   *Node // the total of an earlier cluster that they are added to, in its memory
	nodes  []*Node
	sums   []*Node // sums over all elements, or along rows, of nodes of a fused cluster
	fused  bool
	number int // while clusters are put in order

	// Of fused ones, until they are put in order and have nodes:
	size int32    // how many it has
	into *cluster // that it has become part of, nil if it stands for itself

	hasCopies bool
	copied    []bool // which nodes another cluster computes too, nil if none
}

// schedule groups the nodes of work into clusters and orders these so that
// operands come first. Leaves and views are no steps.
//
// Elementwise nodes join their elementwise operands of the same shape if they
// have the same level. The level counts the nodes with kernels of their own, the
// views of elementwise results, the full clusters and the cuts of the work on the
// longest way to a node; any way from one cluster to another passes one of these,
// so clusters never wait for each other in a circle.
func (w *work) schedule() []*cluster {
	readers := w.countReaders()
	levels := newTable[int32](w)
	of := newTable[*cluster](w)
	sums := summation{of: of, readers: readers, ready: newTable[int32](w), phase: w.phase, addends: make(map[*cluster]addend)}
	for i, n := range w.order {
		w.check()
		sums.number(n, int32(i))
		level := int32(0)
		for _, x := range n.in {
			level = max(level, levels[x.seq])
			if w.phase[x.seq] < w.phase[n.seq] && len(x.base.in) > 0 {
				level = max(level, levels[x.seq]+1)
			}
		}
		p := n.Primitive()
		switch {
		case n.op == OpAdd && sums.take(n):
		case p.Elementwise():
			level = join(n, level, levels, of)
		case p.view != nil:
			if n.base.Primitive().Elementwise() && n.op != OpStop {
				level++
			}
		case n.op == OpSum && (n.Rank() == 0 || n.sumsRows()) && isFused(of[unstopped(n.in[0]).seq]):
			c := of[unstopped(n.in[0]).seq].whole()
			of[n.seq] = c
			c.sums = append(c.sums, n)
			level++
		case len(n.in) > 0:
			level++
			of[n.seq] = &cluster{nodes: []*Node{n}}
		}
		levels[n.seq] = level
	}
	clusters := w.ordered(of)
	w.recompute(clusters)
	return slices.DeleteFunc(clusters, func(c *cluster) bool { return len(c.nodes) == 0 })
}

// The rows that a fused cluster adds up, in elements: longer ones do not fit in its
// blocks, shorter ones are better added up by the kernel.
const minRow, maxRow = 16, 2048

// sumsRows reports whether a sum runs along the last axis, and a fused cluster can
// add it up.
func (n *Node) sumsRows() bool {
	last := n.in[0].Rank() - 1
	size := n.in[0].shape[last]
	return slices.Equal(n.attr.(axesAttr), axesAttr{last}) && minRow <= size && size <= maxRow
}

// results are the nodes that a cluster stores, if anyone else reads them.
func (c *cluster) results() iter.Seq[*Node] {
	return func(yield func(*Node) bool) {
		for i, n := range c.nodes {
			if !c.copies(i) && !yield(n) {
				return
			}
		}
		if c.total != nil && !yield(c.total) {
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

// countReaders counts how often a node is read by others; the caller counts more
// than once.
func (w *work) countReaders() perNode[int32] {
	readers := newTable[int32](w)
	for _, n := range w.outputs {
		readers[n.seq] += 2
	}
	for _, n := range w.order {
		for _, x := range n.in {
			readers[x.seq]++
		}
	}
	return readers
}

// externals marks the elementwise nodes whose values are read outside their
// cluster, and counts them.
func (w *work) externals(clusters []*cluster) (external perNode[bool], count int) {
	external = newTable[bool](w)
	for _, n := range w.outputs {
		external[n.base.seq] = true
	}
	inside := newTable[int32](w) // the last cluster with a node, from 1
	for i, c := range clusters {
		for _, n := range c.nodes {
			inside[n.seq] = int32(i + 1)
			for _, x := range n.in {
				if !c.fused || inside[unstopped(x).seq] != int32(i+1) {
					external[x.base.seq] = true
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

func isFused(c *cluster) bool { return c != nil && c.fused }

// whole returns the cluster that c has become part of.
func (c *cluster) whole() *cluster {
	for c.into != nil {
		c = c.into
	}
	return c
}

// unstopped looks through Stop, which changes nothing.
func unstopped(n *Node) *Node {
	for n.op == OpStop {
		n = n.in[0]
	}
	return n
}

// join puts an elementwise node into the cluster of its elementwise operands,
// merging theirs, or into a new one, and returns its level: one more if the
// clusters would become too large, so that they stay apart.
func join(n *Node, level int32, levels perNode[int32], of perNode[*cluster]) int32 {
	var some [3]*cluster
	found := some[:0]
	total := int32(1)
	for _, x := range n.in {
		x = unstopped(x)
		c := of[x.seq]
		if !isFused(c) || x.op == OpSum || levels[x.seq] != level || !slices.Equal(x.shape, n.shape) {
			continue
		}
		if c = c.whole(); !slices.Contains(found, c) {
			found = append(found, c)
			total += c.size
		}
	}
	if total > maxCluster {
		of[n.seq] = &cluster{size: 1, fused: true}
		return level + 1
	}
	if len(found) == 0 {
		found = append(found, &cluster{fused: true})
	}
	home := found[0]
	for _, c := range found[1:] {
		if c.size > home.size {
			c, home = home, c
		}
		c.into = home
		home.size += c.size
		home.sums = append(home.sums, c.sums...)
	}
	home.size++
	of[n.seq] = home
	return level
}

// maxCluster bounds the nodes of a cluster, so that its blocks fit in the cache.
const maxCluster = 40
