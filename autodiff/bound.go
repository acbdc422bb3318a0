package autodiff

import "fmt"

// The memory that building and compiling take at most, in bytes, measured on long sequences of elementwise nodes and on
// recurrences. It includes the garbage between two collections. TestBounds compares what graphs hold with it.
const (
	nodeBytes    = 160 // for a node of a graph
	operandBytes = 16  // for each operand, and each element of a constant
	workBytes    = 200 // for a node that is compiled: its clusters, places and steps
)

// leastBound is the memory that a graph may take even if less is free.
const leastBound = 16 << 20

// bound is how much memory a graph may take, together with the compilation of one program of it.
type bound struct {
	limit int64 // 0: none
	held  int64 // by the graph
}

// take counts a node that is added to a graph of some nodes or, with sign −1, forgotten.
func (b *bound) take(nodes int, k *kind, in []*Node, sign int64) {
	size := len(in)
	if k.leaf != nil {
		size += len(k.leaf.data)
	}
	b.held += sign * (nodeBytes + operandBytes*int64(size))
	if sign > 0 && !b.has(b.held) {
		fail("graph", "building its first %d nodes takes %d MB of memory, of %d MB that are free: "+
			"shorten its sequences, or take a model with fewer operators", nodes, b.held>>20, b.limit>>20)
	}
}

// has reports whether that much memory is within the bound.
func (b *bound) has(memory int64) bool { return b.limit <= 0 || memory <= max(b.limit, leastBound) }

// holds reports whether the graph and compiling so many of its nodes are within the bound.
func (b *bound) holds(nodes int) bool { return b.has(b.held + workBytes*int64(nodes)) }

// room returns an error if compiling a program of so many nodes exceeds the bound.
func (b *bound) room(nodes int) error {
	if b.holds(nodes) {
		return nil
	}
	return &Error{Op: "compile", Message: fmt.Sprintf("planning a program of a graph of %d nodes takes %d MB of memory, of %d MB that are free: "+
		"shorten its sequences, or take a model with fewer operators", nodes, (b.held+workBytes*int64(nodes))>>20, b.limit>>20)}
}
