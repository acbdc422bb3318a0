package autodiff

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Graph holds the nodes of one computation. Equal nodes are one node: applying
// a primitive to the same operands twice returns the same *Node. A Graph is not
// safe for concurrent building.
type Graph struct {
	// table is reached through the graph because the rows hold rules that
	// build nodes: a direct reference would be an initialization cycle.
	table  *[opCount]Primitive
	nodes  []*Node
	slopes map[*Node]*Node // of chains, by their last nodes
	ends   map[*Node][]int // of the operands of concatenations
	interned
	bound bound

	until context.Context // see Until
	done  <-chan struct{} // of until
}

// NewGraph returns an empty graph.
func NewGraph() *Graph {
	return &Graph{table: &table, interned: newInterned(), slopes: make(map[*Node]*Node), ends: make(map[*Node][]int)}
}

// Len returns the number of nodes built so far. Nodes are numbered from 0 in
// the order they were built, so operands have smaller numbers than their users.
func (g *Graph) Len() int { return len(g.nodes) }

// Node is one tensor of a graph: the result of a primitive, an input, or a
// constant.
type Node struct {
	g      *Graph
	attr   attr
	in     []*Node
	shape  []int
	leaf   *leaf  // of variables and constants, else nil
	base   *Node  // whose memory this shows if it is a view, else the node itself
	root   *Node  // of the chain that it belongs to: see chain.go
	guard  *Node  // the gate that it is behind, nil if there is none: see gate.go
	id     int32  // its number in the graph
	seq    int32  // its place in the tables of a work: its number, or for a twin one beyond
	nth    int32  // which of a program's nodes with this number it is, from 0
	hash   uint32 // of its definition: see intern.go
	before int32  // the node before it with this hash, −1 if there is none
	op     Op
	curved bool // whether it is a curved function of another root
	pole   bool // whether it can be infinite
}

// leaf is what a variable or a constant is.
type leaf struct {
	name string    // of a variable
	data []float64 // of a constant
}

// ID returns the node's number in its graph.
func (n *Node) ID() int { return int(n.id) }

// Graph returns the graph that n belongs to.
func (n *Node) Graph() *Graph { return n.g }

// Op returns the primitive's number; its row is n.Primitive().
func (n *Node) Op() Op { return n.op }

// Primitive returns the row of the table that describes the node's operation.
func (n *Node) Primitive() *Primitive { return &n.g.table[n.op] }

// Operands returns the nodes that n is computed from; do not change it.
func (n *Node) Operands() []*Node { return n.in }

// Name returns the name of a variable, "" for other nodes.
func (n *Node) Name() string {
	if n.leaf == nil {
		return ""
	}
	return n.leaf.name
}

// Shape returns the sizes of the axes; do not change it.
func (n *Node) Shape() []int { return n.shape }

// Rank returns the number of axes.
func (n *Node) Rank() int { return len(n.shape) }

// Size returns the number of elements.
func (n *Node) Size() int { return sizeOf(n.shape) }

// maxSize bounds the elements of a tensor: shapes beyond it come from broken
// models, and products of sizes below it do not overflow.
const maxSize = 1 << 40

func sizeOf(shape []int) int {
	size := 1
	for _, d := range shape {
		size *= d
	}
	return size
}

func checkShape(op string, shape []int) {
	size := 1
	for _, d := range shape {
		if d < 0 {
			fail(op, "shape %v has a negative size", shape)
		}
		if d > 0 && size > maxSize/d {
			fail(op, "shape %v has more than 2^40 elements", shape)
		}
		size *= max(d, 1)
	}
}

// Variable returns a new leaf whose value is given when a program runs: a model
// input or a weight. Names need not be unique: each call makes a new leaf.
func (g *Graph) Variable(name string, shape ...int) *Node {
	checkShape("Variable "+name, shape)
	return g.add(&Node{op: OpVariable, shape: slices.Clone(shape), leaf: &leaf{name: name}})
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
	if len(shape) == 0 {
		return g.Scalar(v)
	}
	return g.intern(OpBroadcast, broadcastAttr{Shape: shape}, []*Node{g.Scalar(v)}, shape)
}

func (g *Graph) add(n *Node) *Node {
	n.g, n.id = g, int32(len(g.nodes))
	n.seq = n.id
	g.take(n, 1)
	n.findBase()
	n.findRoot()
	n.findGuard()
	n.findPole()
	if len(g.nodes) == cap(g.nodes) { // append leaves more garbage behind
		g.nodes = slices.Grow(g.nodes, len(g.nodes)+1)
	}
	g.nodes = append(g.nodes, n)
	return n
}

func (n *Node) findBase() {
	if n.base = n; n.Primitive().view != nil {
		n.base = n.in[0].base
	}
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
	shape := p.shape(a, in)
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

// label is what the node is called where nodes are printed.
func (n *Node) label() string { return fmt.Sprintf("%%%d", n.id) + strings.Repeat("'", int(n.nth)) }

// String returns the node in one line, as [Print] writes it.
func (n *Node) String() string {
	s := n.label() + " = " + n.Primitive().Name
	switch {
	case n.op == OpVariable:
		s += fmt.Sprintf(" %q", n.Name())
	case n.op == OpConst && len(n.leaf.data) <= 4:
		s += fmt.Sprintf(" %v", n.leaf.data)
	}
	for _, x := range n.in {
		s += " " + x.label()
	}
	if n.attr != nil {
		s += fmt.Sprintf(" %+v", n.attr)
	}
	return s + fmt.Sprintf(" : %v", n.shape)
}
