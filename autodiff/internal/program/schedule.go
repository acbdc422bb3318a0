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

// formation is clusters that form.
type formation struct {
	*work
	standings perNode[standing]
	clusters  []*cluster // by their numbers, from 1
	readers   perNode[int32]
	addends   map[*cluster]addend
}

// standing is where a node stands while clusters form.
type standing struct {
	cluster int32 // its number, 0 if it has none: that cluster may have become part of another
	level   int32
	ready   int32 // the number of the last node with a kernel of its own on the way to this one
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

// of returns the cluster of a node, nil if it has none.
func (f *formation) of(n Node) *cluster { return f.clusters[f.standings[n].cluster] }

func isFused(c *cluster) bool { return c != nil && c.fused }

// add adds a cluster, and returns its number.
func (f *formation) add(c cluster) int32 {
	c.total, c.onto, c.number = none, none, int32(len(f.clusters))
	f.clusters = append(f.clusters, &c)
	return c.number
}

// sumsRows reports whether a sum runs along the last axis, and a fused cluster can add it up.
func (w *work) sumsRows(n Node) bool {
	x := w.shape(w.operand(n, 0))
	last := len(x) - 1
	return slices.Equal(w.kind(n).Sums, []int{last}) && minRow <= x[last] && x[last] <= maxRow
}

// fuse puts an elementwise node into the cluster of its elementwise operands, merging theirs, or into a new one, and returns its
// level: one more if the clusters would become too large, so that they stay apart.
func (f *formation) fuse(n Node, level int32) int32 {
	var some [3]*cluster
	found := some[:0]
	total := int32(1)
	shape := f.shape(n)
	for _, x := range f.in(n) {
		x = f.seen(x)
		c := f.of(x)
		if !isFused(c) || f.kind(x).Sums != nil || f.standings[x].level != level || !slices.Equal(f.shape(x), shape) {
			continue
		}
		if c = c.whole(); !slices.Contains(found, c) {
			found = append(found, c)
			total += c.size
		}
	}
	if len(found) == 0 || total > maxCluster {
		f.standings[n].cluster = f.add(cluster{size: 1, fused: true})
		return level + int32(min(len(found), 1))
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
	f.standings[n].cluster = home.number
	return level
}
