package autodiff

import (
	"context"
	"encoding/binary"
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
	table    *[opCount]Primitive
	nodes    []*Node
	slopes   map[*Node]*Node  // of chains, by their last nodes
	ends     map[*Node][]int  // of the operands of concatenations
	interned map[string]*Node // by the whole definition: op, attribute, operands
	key      []byte           // scratch for building keys

	until context.Context // see Until
	done  <-chan struct{} // of until
}

// NewGraph returns an empty graph.
func NewGraph() *Graph {
	return &Graph{table: &table, interned: make(map[string]*Node), slopes: make(map[*Node]*Node), ends: make(map[*Node][]int)}
}

// Len returns the number of nodes built so far. Nodes are numbered from 0 in
// the order they were built, so operands have smaller numbers than their users.
func (g *Graph) Len() int { return len(g.nodes) }

// Node is one tensor of a graph: the result of a primitive, an input, or a
// constant.
type Node struct {
	g      *Graph
	id     int
	op     Op
	attr   attr
	in     []*Node
	shape  []int
	name   string    // variables
	data   []float64 // constants
	key    string    // in the graph's table of interned nodes, "" for variables
	base   *Node     // whose memory this shows if it is a view, else the node itself
	root   *Node     // of the chain that it belongs to: see chain.go
	curved bool      // whether it is a curved function of another root
	guard  *Node     // the gate that it is behind, nil if there is none: see gate.go
	pole   bool      // whether it can be infinite
	nth    int       // which of a program's nodes with this number it is, from 0
	seq    int       // its place in the tables of a work: its number, or for a twin one beyond
}

// ID returns the node's number in its graph.
func (n *Node) ID() int { return n.id }

// Graph returns the graph that n belongs to.
func (n *Node) Graph() *Graph { return n.g }

// Op returns the primitive's number; its row is n.Primitive().
func (n *Node) Op() Op { return n.op }

// Primitive returns the row of the table that describes the node's operation.
func (n *Node) Primitive() *Primitive { return &n.g.table[n.op] }

// Operands returns the nodes that n is computed from; do not change it.
func (n *Node) Operands() []*Node { return n.in }

// Name returns the name of a variable, "" for other nodes.
func (n *Node) Name() string { return n.name }

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
	return g.add(&Node{op: OpVariable, shape: slices.Clone(shape), name: name})
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
	k := putInts(append(g.key[:0], byte(OpConst)), shape)
	for _, v := range data {
		k = binary.LittleEndian.AppendUint64(k, math.Float64bits(v))
	}
	g.key = k
	if n, ok := g.interned[string(k)]; ok {
		return n
	}
	return g.remember(&Node{op: OpConst, shape: slices.Clone(shape), data: slices.Clone(data), key: string(k)})
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
	n.g, n.id, n.seq = g, len(g.nodes), len(g.nodes)
	n.findBase()
	n.findRoot()
	n.findGuard()
	n.findPole()
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

func (g *Graph) intern(op Op, a attr, in []*Node, shape []int) *Node {
	k := append(g.key[:0], byte(op))
	k = binary.AppendUvarint(k, uint64(len(in)))
	for _, x := range in {
		k = binary.AppendUvarint(k, uint64(x.id))
	}
	if a != nil {
		k = a.appendKey(k)
	}
	g.key = k
	if n, ok := g.interned[string(k)]; ok {
		return n
	}
	return g.remember(&Node{op: op, attr: a, in: in, shape: shape, key: string(k)})
}

func (g *Graph) remember(n *Node) *Node {
	g.interned[n.key] = n
	return g.add(n)
}

// forget removes the nodes from number first on, which nobody else may hold.
func (g *Graph) forget(first int) {
	for _, n := range g.nodes[first:] {
		delete(g.interned, n.key)
		delete(g.slopes, n)
		delete(g.ends, n)
	}
	clear(g.nodes[first:])
	g.nodes = g.nodes[:first]
}

// label is what the node is called where nodes are printed.
func (n *Node) label() string { return fmt.Sprintf("%%%d", n.id) + strings.Repeat("'", n.nth) }

// String returns the node in one line, as [Print] writes it.
func (n *Node) String() string {
	s := n.label() + " = " + n.Primitive().Name
	switch {
	case n.op == OpVariable:
		s += fmt.Sprintf(" %q", n.name)
	case n.op == OpConst && len(n.data) <= 4:
		s += fmt.Sprintf(" %v", n.data)
	}
	for _, x := range n.in {
		s += " " + x.label()
	}
	if n.attr != nil {
		s += fmt.Sprintf(" %+v", n.attr)
	}
	return s + fmt.Sprintf(" : %v", n.shape)
}
