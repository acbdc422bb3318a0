package program

// work is what a program is to compute.
type work struct {
	*Graph
	nodes   []Node // operands first
	outputs []Node
	phase   perNode[int32] // how many cuts come before a node; it never falls along the nodes
	stored  int            // how many elements clusters store for others, all together, once they are scheduled
	verify  bool           // what passes hand to each other
}

// newWork returns what outputs need.
func newWork(g *Graph, outputs []Node, verify bool) *work {
	w := &work{Graph: g, nodes: make([]Node, 0, g.built), outputs: outputs, phase: make(perNode[int32], g.built), verify: verify}
	for n := range Node(g.built) {
		w.nodes = append(w.nodes, n)
	}
	w.dropUnneeded()
	return w
}

// perNode is a table with an element for each node of a work and each number between these.
type perNode[T any] []T

// newTable returns a table for the nodes of a work.
func newTable[T any](w *work) perNode[T] { return make(perNode[T], len(w.phase)) }

// check fails if the compilation is to end, or the work has become too large for the memory.
func (w *work) check() {
	w.Check()
	if err := w.Room(len(w.phase)); err != nil {
		panic(err)
	}
}

// mayCut reports whether there is memory for the twins of nodes that a cut makes: not more than there are nodes.
func (w *work) mayCut() bool { return w.Room(2*len(w.phase)) == nil }

// dropUnneeded removes the nodes that no output depends on.
func (w *work) dropUnneeded() {
	needed := newTable[bool](w)
	for _, n := range w.outputs {
		needed[n] = true
	}
	for i := len(w.nodes) - 1; i >= 0; i-- {
		if n := w.nodes[i]; needed[n] {
			for _, x := range w.in(n) {
				needed[x] = true
			}
		}
	}
	kept := w.nodes[:0]
	for _, n := range w.nodes {
		if needed[n] {
			kept = append(kept, n)
		}
	}
	w.nodes = kept
}

// countReaders counts how often each node is read. An output counts as two more, so that it never seems to have one reader.
func (w *work) countReaders() perNode[int32] {
	readers := newTable[int32](w)
	for _, n := range w.outputs {
		readers[n] += 2
	}
	for _, n := range w.nodes {
		for _, x := range w.in(n) {
			readers[x]++
		}
	}
	return readers
}

const (
	// effortMoved is the effort of reading or writing an element in a kernel, and effortAdded of adding two in the cache.
	effortMoved = 32
	effortAdded = 6
)

// effort is what computing the work costs, in multiply-adds.
func (w *work) effort() int64 {
	total := int64(0)
	for _, n := range w.nodes {
		total += w.effortOf(n)
	}
	return total
}

// effortOf is what a node costs: the multiply-adds of its kernel and the elements that this moves, or what its loop does in the
// cache. Views cost nothing.
func (g *Graph) effortOf(n Node) int64 {
	k := g.kind(n)
	switch {
	case k.View != nil || k.Operands == 0:
		return 0
	case k.Elementwise():
		return effortAdded * int64(k.Cost) * int64(k.size)
	}
	moved := k.size
	for _, x := range g.in(n) {
		moved += g.size(x)
	}
	return k.MultiplyAdds + effortMoved*int64(moved)
}
