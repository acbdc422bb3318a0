package autodiff

const (
	// enoughMemory is the peak, in elements, up to which a program is left as it is.
	enoughMemory = 1 << 22

	// enoughForNode is that for each node, if there are so many that this is more:
	// planning them takes many times as much memory as it could save.
	enoughForNode = 64

	// plainCuts of the maxCuts cuts have only elementwise nodes computed again, the
	// others whatever pays.
	plainCuts = 2
	maxCuts   = 6

	// memoryPrice is the effort that one element of memory is worth at a cut, and
	// maxEffort the share of the whole work's that cuts may add: the first that is not
	// plain at that price up to firstShare of it, the later ones evenly more.
	memoryPrice = 180
	maxEffort   = 0.08
	firstShare  = 0.6

	// effortMoved is the effort of reading or writing an element in a kernel, and
	// effortAdded of adding two in the cache.
	effortMoved = 32
	effortAdded = 6
)

// work is what a program is to compute.
type work struct {
	order   []*Node // operands first
	outputs []*Node
	phase   perNode[int32] // how many cuts come before a node; it never falls along the order
}

func newWork(outputs []*Node) *work {
	w := &work{order: ancestors(outputs), outputs: outputs}
	if len(outputs) > 0 {
		w.phase = make(perNode[int32], outputs[0].g.Len())
	}
	return w
}

// perNode is a table with an element for each node of a work: that of n is at n.seq.
type perNode[T any] []T

// newTable returns a table for the nodes of a work.
func newTable[T any](w *work) perNode[T] { return make(perNode[T], len(w.phase)) }

// economize returns the work that gives outputs, in less memory than it takes in
// the order of the graph, and its schedule: it is cut where most is stored, again
// and again, since the peak moves. A peak of enough elements is not lowered, and not
// even looked for if there are no more.
func economize(outputs []*Node, enough int) (*work, []*cluster) {
	w := newWork(outputs)
	w.check()
	enough = max(enough, enoughForNode*len(w.order))
	clusters := w.schedule()
	if w.elements() <= enough {
		return w, clusters
	}
	at, peak := w.peak(clusters)
	if peak <= enough {
		return w, clusters
	}
	effort := float64(w.effort())
	best, bestClusters, lowest := w, clusters, peak
	var net network
	price := int64(memoryPrice)
	for k := 0; k < maxCuts && lowest > enough && w.mayCut(); k++ {
		plain := k < plainCuts
		w.check()
		after := w.after(at, clusters)
		next := w.rebuilt(after, w.again(&net, after, price, plain))
		if !plain {
			share := firstShare + (1-firstShare)*float64(k-plainCuts)/(maxCuts-1-plainCuts)
			for limit := int64(effort * (1 + maxEffort*share)); price > 0 && next.effort() > limit; {
				price = price * 3 / 4
				next = w.rebuilt(after, w.again(&net, after, price, plain))
			}
		}
		if price == 0 || len(next.order) == len(w.order) { // nothing pays
			if !plain {
				break
			}
			k = plainCuts - 1
			continue
		}
		w, clusters = next, next.schedule()
		if at, peak = w.peak(clusters); peak < lowest {
			best, bestClusters, lowest = w, clusters, peak
		}
	}
	best.tellTwinsApart()
	return best, bestClusters
}

// elements is how many the results of all nodes have.
func (w *work) elements() int {
	total := 0
	for _, n := range w.order {
		total += n.Size()
	}
	return total
}

// effort is what computing the work costs, in multiply-adds.
func (w *work) effort() int64 {
	total := int64(0)
	for _, n := range w.order {
		total += n.effort()
	}
	return total
}

// effort is what a node's kernel costs: its multiply-adds, and the elements that
// it moves, or what its loop does in the cache. Views cost nothing.
func (n *Node) effort() int64 {
	p := n.Primitive()
	switch {
	case p.view != nil || len(n.in) == 0:
		return 0
	case p.Elementwise():
		return effortAdded * int64(p.loopCost()) * int64(n.Size())
	}
	moved := n.Size()
	for _, x := range n.in {
		moved += x.Size()
	}
	return n.multiplyAdds() + effortMoved*int64(moved)
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
				member[n.seq] = int32(i + 1)
			}
		}
		for _, n := range c.nodes {
			for _, x := range n.in {
				if member[unstopped(x).seq] != int32(i+1) {
					last[x.base.seq] = int32(i)
				}
			}
		}
		if c.onto != nil {
			last[c.onto.seq] = int32(i - 1) // its memory is the total's from here on
		}
		for n := range c.results() {
			last[n.seq] = -1
		}
	}
	for i, c := range clusters {
		for n := range c.results() {
			if last[n.seq] >= 0 {
				live[i] += n.Size()
				live[last[n.seq]+1] -= n.Size()
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
