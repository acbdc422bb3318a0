package autodiff

import (
	"context"
	"hash/maphash"
	"slices"
)

// Graph holds the nodes of one computation. Equal nodes are one node: applying
// a primitive to the same operands twice returns the same *Node. A Graph is not
// safe for concurrent building.
type Graph struct {
	// table is reached through the graph because the rows hold rules that
	// build nodes: a direct reference would be an initialization cycle.
	table  *[opCount]Primitive
	nodes  nodeList
	lists  operandLists
	slopes map[*Node]*Node  // f′ of nodes in chains, see chain.go
	ends   map[*Node][]int  // of the operands of concatenations
	fills  map[uint64]*Node // the latest constant all of a value, by its bits
	interned
	bound bound

	until context.Context // see Until
	done  <-chan struct{} // of until
}

// interned finds the nodes of a graph by their whole definitions: the kind and the operands, or
// the elements of constants. So it finds kinds: by op, attribute and shape.
type interned struct {
	byDefinition hashIndex      // numbers of nodes
	ofKind       hashIndex      // numbers of kinds
	kinds        []*kind        // of no leaves
	latest       [opCount]*kind // of those without an attribute, by op
	seed         maphash.Seed
	key          []byte // scratch for definitions
	other        []byte
}

// NewGraph returns an empty graph.
func NewGraph() *Graph {
	return &Graph{
		table: &table, interned: interned{seed: maphash.MakeSeed()},
		slopes: make(map[*Node]*Node), ends: make(map[*Node][]int), fills: make(map[uint64]*Node),
	}
}

// Len returns the number of nodes built so far. Nodes are numbered from 0 in
// the order they were built, so operands have smaller numbers than their users.
func (g *Graph) Len() int { return g.nodes.count }

// Limit bounds the memory, in bytes, that the graph and the compilation of a program of it may take together. Builders and
// Compile fail where they would exceed it. 0 is no limit. Options.MemoryLimit bounds what programs hold.
func (g *Graph) Limit(memory int64) { g.bound.limit = memory }

// Until sets a context: once it is done, building in the graph, compiling programs of it and running them end with an
// *Error that wraps the context's error. A graph starts with nil, which is never done. Until returns the context that was
// set before, so that the caller can set it again. It must not be called while the graph is in use.
func (g *Graph) Until(ctx context.Context) (before context.Context) {
	before, g.until = g.until, ctx
	g.done = nil
	if ctx != nil {
		g.done = ctx.Done()
	}
	return before
}

// check fails once the graph's context is done.
func (g *Graph) check() {
	select {
	case <-g.done:
		panic(&Error{Op: "stopped", Message: g.until.Err().Error(), cause: g.until.Err()})
	default: // also without a context
	}
}

// Variable returns a new leaf whose value is given when a program runs: a model
// input or a weight. Names need not be unique: each call makes a new leaf.
func (g *Graph) Variable(name string, shape ...int) *Node {
	checkShape("Variable "+name, shape)
	return g.addLeaf(OpVariable, shape, leaf{name: name})
}

// addLeaf adds a variable or a constant.
func (g *Graph) addLeaf(op Op, shape []int, l leaf) *Node {
	return g.add(&kind{g: g, op: op, shape: slices.Clone(shape), leaf: &l}, nil)
}

// add adds what a kind computes of operands.
func (g *Graph) add(k *kind, in []*Node) *Node {
	g.bound.take(g.Len(), k, in, 1)
	number := int32(g.Len())
	n := g.nodes.add()
	n.kind, n.in, n.id = k, g.lists.keep(in), number
	n.findSplat()
	n.findRoot()
	n.findGuard()
	n.findPole()
	return n
}
