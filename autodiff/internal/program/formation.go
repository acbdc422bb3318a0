package program

import "slices"

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

// addend is when a cluster of products can be computed.
type addend struct {
	first   int // the number of its first node
	needs   int // of the last node that its operands need
	waiting int // how many elements these have
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
