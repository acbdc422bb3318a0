package program

import (
	"cmp"
	"slices"
)

// recompute moves elementwise functions of stored tensors into the clusters that read them, so that they need not be stored: the
// mask 0 < y, the derivative 1 − y² of a layer with the output y, the product of a tangent with a second derivative. Computing
// them again in the cache takes less time than writing and reading them, and no memory from the forward to the backward pass.
func (w *work) recompute(clusters []*cluster) {
	w.stored = 0
	r := &recomputation{work: w, of: newTable[residence](w), recipes: make([]Node, 1, 1+len(w.nodes))}
	for _, n := range w.outputs {
		at := &r.of[w.base(n)]
		at.pinned, at.last = true, int32(len(clusters)+1)
	}
	for i, c := range clusters {
		c.number = int32(i + 1)
		r.scan(c)
	}
	for _, c := range clusters {
		w.check()
		if c.fused {
			r.take(c)
			r.move(c)
		}
	}
	for _, c := range slices.Backward(clusters) {
		if c.fused {
			r.prune(c)
			continue
		}
		for n := range c.results() {
			r.stored += r.size(n)
		}
	}
}

// recomputation is what is known of the nodes. Clusters are numbered in their order, from 1.
type recomputation struct {
	*work
	of      perNode[residence]
	recipes []Node // of the nodes that are moved, one after the other, from 1

	found           []derived // of a cluster
	ends            []Node    // the sources of those, one after the other
	recipe, sources []Node    // of a node
	longer          []Node
	taken           []Node
}

// residence is where a node is computed, and who reads it; clusters by their numbers.
type residence struct {
	home    int32 // its cluster, 0 if none
	member  int32 // the last cluster seen that computes it, itself or as a copy
	inside  int32 // the last cluster seen that computes it and reads it too
	last    int32 // the last cluster that reads its memory
	recipe  int32 // where the recipe ends by which its readers compute it for themselves, 0 if it is stored for them
	pinned  bool  // read as a whole by views, kernels, the caller, or after a cut
	outside bool  // read by a cluster further on that does not compute it
}

func (r *recomputation) scan(c *cluster) {
	number := c.number
	for _, n := range c.nodes {
		r.of[n].home = number
		for _, x := range r.in(n) {
			x = r.seen(x)
			b := r.base(x)
			at := &r.of[b]
			at.last = number
			if !c.fused || x != b || r.phase[x] != r.phase[n] {
				at.pinned = true
			}
		}
	}
	for _, n := range c.sums {
		r.of[n].home = number
		if r.kind(n).rank() > 0 { // others read what is stored for them: its operands may be gone
			r.of[r.seen(r.operand(n, 0))].pinned = true
		}
	}
	if c.total != none {
		r.of[c.total].home = number
	}
}

// take puts the recipes of what a cluster reads among its nodes, in the order of the graph.
func (r *recomputation) take(c *cluster) {
	number := c.number
	for _, n := range c.nodes {
		r.of[n].member = number
	}
	r.taken = r.taken[:0]
	for _, n := range c.nodes {
		for _, x := range r.in(n) {
			x = r.seen(x)
			at := &r.of[x]
			if at.home == number || at.recipe == 0 {
				continue
			}
			for k, n := at.recipe, none; n != x; k-- { // a recipe begins with the node that it computes
				n = r.recipes[k]
				if at := &r.of[n]; at.member != number {
					at.member = number
					r.taken = append(r.taken, n)
				}
			}
		}
	}
	if len(r.taken) > 0 {
		slices.SortFunc(r.taken, func(a, b Node) int { return cmp.Or(cmp.Compare(r.original(a), r.original(b)), cmp.Compare(a, b)) })
		c.nodes, c.hasCopies = r.merge(c.nodes, r.taken), true
	}
}

// merge adds nodes to a list; both are in the order of the graph.
func (r *recomputation) merge(list, more []Node) []Node {
	k := len(list) - 1
	list = append(list, more...)
	for at := len(list) - 1; len(more) > 0; at-- {
		if last := len(more) - 1; k >= 0 && r.original(list[k]) > r.original(more[last]) {
			list[at] = list[k]
			k--
		} else {
			list[at], more = more[last], more[:last]
		}
	}
	return list
}

// derived is a node that others can compute for themselves.
type derived struct {
	node    *residence
	recipe  int32  // where it ends
	sources []Node // of it
}

// move has the readers outside a cluster compute for themselves what they read of it, if that takes less memory than storing it:
// the sources may have to be kept longer.
func (r *recomputation) move(c *cluster) {
	saved, number, recipes := 0, c.number, len(r.recipes)
	r.found, r.ends, r.longer = r.found[:0], r.ends[:0], r.longer[:0]
	for _, n := range c.nodes {
		at := &r.of[n]
		if at.home != number || at.pinned || at.last <= number || !r.derive(n) {
			continue
		}
		r.recipes, r.ends = append(r.recipes, r.recipe...), append(r.ends, r.sources...)
		r.found = append(r.found, derived{at, int32(len(r.recipes) - 1), r.ends[len(r.ends)-len(r.sources):]})
		saved += r.size(n)
		for _, x := range r.sources {
			if b := r.base(x); r.of[b].last < at.last && !slices.Contains(r.longer, b) {
				r.longer = append(r.longer, b)
				saved -= r.size(b)
			}
		}
	}
	if saved < 0 {
		r.recipes = r.recipes[:recipes]
		return
	}
	for _, d := range r.found {
		d.node.recipe = d.recipe
		for _, x := range d.sources {
			at := &r.of[r.base(x)]
			at.last = max(at.last, d.node.last)
		}
	}
}

// derive finds the recipe of n, which is n and the nodes of its cluster that compute it from tensors that are stored, and the
// sources, which are those tensors; false if either are too many.
func (r *recomputation) derive(n Node) bool {
	home := r.of[n].home
	recipe, sources := append(r.recipe[:0], n), r.sources[:0]
	cost := 0
	for k := 0; k < len(recipe); k++ {
		cost += r.kind(recipe[k]).Cost
		for _, x := range r.in(recipe[k]) {
			x = r.seen(x)
			if _, splat := r.splat(x); splat || slices.Contains(recipe, x) || slices.Contains(sources, x) {
				continue
			}
			switch at := &r.of[x]; {
			case at.member == home && !at.pinned && r.kind(x).Sums == nil:
				recipe = append(recipe, x)
			case !r.isLeaf(r.base(x)): // variables are there anyway
				sources = append(sources, x)
			}
			if len(recipe) > maxRecipe || cost > maxCost || len(sources) > maxSources {
				return false
			}
		}
	}
	r.recipe, r.sources = recipe, sources
	return len(sources) > 0
}

// prune drops the nodes of a fused cluster that nobody reads any more, and marks the copies. Those further on come first.
func (r *recomputation) prune(c *cluster) {
	number := c.number
	for _, n := range c.nodes {
		r.of[n].member = number
	}
	for _, n := range c.sums {
		r.of[r.seen(r.operand(n, 0))].inside = number
		r.stored += r.size(n)
	}
	kept := len(c.nodes) // the first of those that are kept
	for _, n := range slices.Backward(c.nodes) {
		at := &r.of[n]
		switch {
		case at.home == number && (at.pinned || at.outside):
			r.stored += r.size(n)
		case at.inside != number:
			continue
		}
		kept--
		c.nodes[kept] = n
		for _, x := range r.in(n) {
			if at := &r.of[r.seen(x)]; at.member == number {
				at.inside = number
			} else {
				at.outside = true
			}
		}
	}
	c.nodes = c.nodes[kept:]
	if c.hasCopies {
		c.copied = make([]bool, len(c.nodes))
		for k, n := range c.nodes {
			c.copied[k] = r.of[n].home != number
		}
	}
}
