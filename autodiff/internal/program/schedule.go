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
func (w *work) grouped() perNode[*cluster] {
	levels := newTable[int32](w)
	of := newTable[*cluster](w)
	sums := summation{work: w, of: of, readers: w.countReaders(), ready: newTable[int32](w), addends: make(map[*cluster]addend)}
	for i, n := range w.nodes {
		w.check()
		sums.number(n, int32(i))
		level := int32(0)
		in := w.in(n)
		for _, x := range in {
			level = max(level, levels[x])
			if w.phase[x] < w.phase[n] && !w.isLeaf(w.base(x)) {
				level = max(level, levels[x]+1)
			}
		}
		k := w.kind(n)
		switch {
		case k.Adds && sums.take(n):
		case k.Elementwise():
			level = w.fuse(n, level, levels, of)
		case k.View != nil:
			if w.kind(w.base(n)).Elementwise() && !k.Same {
				level++
			}
		case k.Sums != nil && (k.rank() == 0 || w.sumsRows(n)) && isFused(of[w.seen(in[0])]):
			c := of[w.seen(in[0])].whole()
			of[n] = c
			c.sums = append(c.sums, n)
			level++
		case len(in) > 0:
			level++
			of[n] = single(n)
		}
		levels[n] = level
	}
	return of
}

// sumsRows reports whether a sum runs along the last axis, and a fused cluster can add it up.
func (w *work) sumsRows(n Node) bool {
	x := w.shape(w.operand(n, 0))
	last := len(x) - 1
	return slices.Equal(w.kind(n).Sums, []int{last}) && minRow <= x[last] && x[last] <= maxRow
}

// fuse puts an elementwise node into the cluster of its elementwise operands, merging theirs, or into a new one, and returns its
// level: one more if the clusters would become too large, so that they stay apart.
func (w *work) fuse(n Node, level int32, levels perNode[int32], of perNode[*cluster]) int32 {
	var some [3]*cluster
	found := some[:0]
	total := int32(1)
	shape := w.shape(n)
	for _, x := range w.in(n) {
		x = w.seen(x)
		c := of[x]
		if !isFused(c) || w.kind(x).Sums != nil || levels[x] != level || !slices.Equal(w.shape(x), shape) {
			continue
		}
		if c = c.whole(); !slices.Contains(found, c) {
			found = append(found, c)
			total += c.size
		}
	}
	if total > maxCluster {
		of[n] = fusedCluster(1)
		return level + 1
	}
	if len(found) == 0 {
		found = append(found, fusedCluster(0))
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
	of[n] = home
	return level
}
