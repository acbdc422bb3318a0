package autodiff

import (
	"context"
	"math"
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

// NewGraph returns an empty graph.
func NewGraph() *Graph {
	return &Graph{
		table: &table, interned: newInterned(),
		slopes: make(map[*Node]*Node), ends: make(map[*Node][]int), fills: make(map[uint64]*Node),
	}
}

// Len returns the number of nodes built so far. Nodes are numbered from 0 in
// the order they were built, so operands have smaller numbers than their users.
func (g *Graph) Len() int { return g.nodes.count }

// Variable returns a new leaf whose value is given when a program runs: a model
// input or a weight. Names need not be unique: each call makes a new leaf.
func (g *Graph) Variable(name string, shape ...int) *Node {
	checkShape("Variable "+name, shape)
	return g.addLeaf(OpVariable, shape, leaf{name: name})
}

// Const returns a constant with the given row-major data.
func (g *Graph) Const(data []float64, shape ...int) *Node {
	checkShape("Const", shape)
	if sizeOf(shape) != len(data) {
		fail("Const", "shape %v needs %d values, got %d", shape, sizeOf(shape), len(data))
	}
	if len(data) > 1 && allEqual(data) {
		return g.fill(data[0], slices.Clone(shape))
	}
	return g.internConst(data, shape)
}

// Scalar returns a constant without axes.
func (g *Graph) Scalar(v float64) *Node { return g.Const([]float64{v}) }

func allEqual(data []float64) bool {
	first := math.Float64bits(data[0])
	for _, v := range data[1:] {
		if math.Float64bits(v) != first {
			return false
		}
	}
	return true
}

// fill returns a constant of the given shape, all v, stored once.
func (g *Graph) fill(v float64, shape []int) *Node {
	bits := math.Float64bits(v)
	if n := g.fills[bits]; n != nil && slices.Equal(n.shape, shape) {
		return n
	}
	n := g.Scalar(v)
	if len(shape) > 0 {
		n = g.intern(OpBroadcast, broadcastAttr{Shape: shape}, []*Node{n}, shape)
	}
	g.fills[bits] = n
	return n
}

// addLeaf adds a variable or a constant.
func (g *Graph) addLeaf(op Op, shape []int, l leaf) *Node {
	return g.add(&kind{g: g, op: op, shape: slices.Clone(shape), leaf: &l}, nil)
}

// add adds what a kind computes of operands.
func (g *Graph) add(k *kind, in []*Node) *Node {
	g.take(k, in, 1)
	number := int32(g.Len())
	n := g.nodes.add()
	n.kind, n.in, n.id = k, g.lists.keep(in), number
	n.findSplat()
	n.findRoot()
	n.findGuard()
	n.findPole()
	return n
}

// apply returns the node op(in...) with the given attribute: simplified,
// folded if its operands are constants, and interned.
func (g *Graph) apply(op Op, a attr, in ...*Node) *Node {
	g.check()
	p := &g.table[op]
	for _, x := range in {
		if x.g != g {
			fail(p.Name, "operands belong to different graphs")
		}
	}
	if p.Arity >= 0 && len(in) != p.Arity {
		fail(p.Name, "takes %d operands, got %d", p.Arity, len(in))
	}
	shape := p.shapeOf(a, in)
	checkShape(p.Name, shape)
	if p.commutes && in[0].id > in[1].id {
		in[0], in[1] = in[1], in[0]
	}
	if n := g.simplify(op, a, in, shape); n != nil {
		return n
	}
	if n := g.fold(op, a, in, shape); n != nil {
		return n
	}
	return g.intern(op, a, in, shape)
}
