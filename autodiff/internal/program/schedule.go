package program

import "slices"

// schedule groups the nodes of work into clusters, orders these so that operands come first, and has readers compute again what
// is cheaper to compute than to store. Leaves and views are no steps.
func (w *work) schedule() []*cluster {
	clusters := w.ordered(w.grouped())
	w.recompute(clusters)
	clusters = slices.DeleteFunc(clusters, func(c *cluster) bool { return len(c.nodes) == 0 })
	if w.verify {
		w.verifyClusters(clusters)
	}
	return clusters
}

// grouped puts the nodes into clusters.
//
// Elementwise nodes join their elementwise operands of the same shape if they have the same level. The level counts the nodes
// with kernels of their own, the views of elementwise results, the full clusters and the cuts of the work on the longest way to
// a node; any way from one cluster to another passes one of these, so clusters never wait for each other in a circle.
func (w *work) grouped() *formation {
	f := &formation{work: w, standings: newTable[standing](w), clusters: make([]*cluster, 1), readers: w.countReaders(), addends: make(map[*cluster]addend)}
	for i, n := range w.nodes {
		w.check()
		at := &f.standings[n]
		f.number(n, int32(i))
		level := int32(0)
		in := w.in(n)
		for _, x := range in {
			level = max(level, f.standings[x].level)
			if w.phase[x] < w.phase[n] && !w.isLeaf(w.base(x)) {
				level = max(level, f.standings[x].level+1)
			}
		}
		k := w.kind(n)
		switch {
		case k.Adds && f.take(n):
		case k.Elementwise():
			level = f.fuse(n, level)
		case k.View != nil:
			if w.kind(w.base(n)).Elementwise() && !k.Same {
				level++
			}
		case k.Sums != nil && (k.rank() == 0 || w.sumsRows(n)) && isFused(f.of(w.seen(in[0]))):
			c := f.of(w.seen(in[0])).whole()
			at.cluster = c.number
			c.sums = append(c.sums, n)
			level++
		case len(in) > 0:
			level++
			at.cluster = f.add(cluster{nodes: []Node{n}})
		}
		at.level = level
	}
	return f
}

// sumsRows reports whether a sum runs along the last axis, and a fused cluster can add it up.
func (w *work) sumsRows(n Node) bool {
	x := w.shape(w.operand(n, 0))
	last := len(x) - 1
	return slices.Equal(w.kind(n).Sums, []int{last}) && minRow <= x[last] && x[last] <= maxRow
}
