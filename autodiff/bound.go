package autodiff

import "fmt"

// What building and compiling take at most, in bytes: measured of chains of elementwise nodes and of recurrences, with
// the garbage that lies between two collections.
const (
	nodeBytes    = 160 // of a node of a graph
	operandBytes = 16  // of each operand and each element of a constant
	workBytes    = 200 // of a node of a work, for its clusters, places and steps
)

// leastBound is the memory that graphs may take whatever is free: as much as the process holds without any.
const leastBound = 16 << 20

// bound is how much memory a graph, and the works of programs that compute its nodes, may take.
type bound struct {
	limit int64 // 0: as much as they want
	held  int64 // by the graph
}

// Limit bounds the memory in bytes that the graph may take, and compiling programs of it besides: a builder that makes
// it larger fails, and so does Compile. 0 is no limit. What programs hold is bounded by Options.MemoryLimit.
func (g *Graph) Limit(memory int64) { g.bound.limit = memory }

// take counts a node that is added to the graph, or with sign −1 one that is forgotten.
func (g *Graph) take(k *kind, in []*Node, sign int64) {
	size := len(in)
	if k.leaf != nil {
		size += len(k.leaf.data)
	}
	g.bound.held += sign * (nodeBytes + operandBytes*int64(size))
	if sign > 0 && !g.bound.has(g.bound.held) {
		fail("graph", "building its first %d nodes takes %d MB of memory, of %d MB that are free: "+
			"shorten its sequences, or take a model with fewer operators", g.Len(), g.bound.held>>20, g.bound.limit>>20)
	}
}

// has reports whether that much memory is at hand.
func (b bound) has(memory int64) bool { return b.limit <= 0 || memory <= max(b.limit, leastBound) }

// holds reports whether there is memory at hand for the graph and a work of so many nodes.
func (b bound) holds(nodes int) bool { return b.has(b.held + workBytes*int64(nodes)) }

// room returns the error for too little memory to compile a program of so many nodes, nil if there is enough.
func (g *Graph) room(nodes int) error {
	b := g.bound
	if b.holds(nodes) {
		return nil
	}
	return &Error{Op: "compile", Message: fmt.Sprintf("planning a program of a graph of %d nodes takes %d MB of memory, of %d MB that are free: "+
		"shorten its sequences, or take a model with fewer operators", nodes, (b.held+workBytes*int64(nodes))>>20, b.limit>>20)}
}
