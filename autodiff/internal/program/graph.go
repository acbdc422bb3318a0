package program

import (
	"onnx-metainit/autodiff/internal/kernel"
	"onnx-metainit/autodiff/internal/loop"
)

// Node is the number of a node in a Graph.
type Node int32

// none stands for a node where there is none.
const none Node = -1

// Graph is what programs are compiled of. Nodes are numbered from 0, each after its operands. They hold no pointers: a graph may
// have millions.
type Graph struct {
	Check func()                // called again and again while a program is compiled and run: it may panic
	Room  func(nodes int) error // the error for too little memory to compile a program of so many nodes

	nodes    []record
	operands []Node // of all nodes, one after the other
	kinds    []*Kind
	counts   []int32 // of operands, by kind
	built    int     // nodes that were added; those behind are twins

	// Of the twins.
	originals []Node
	strokes   []int32 // which of the nodes with one original it is, from 0; see numberTwins
}

// record is what a graph has of a node.
type record struct {
	kind  int32
	first int32 // of its operands
	base  Node  // whose memory this shows if it is a view, else the node itself
	seen  Node  // what it shows through views that change nothing, the node itself if it is no such view
}

// KindNumber is the number of a kind in a Graph.
type KindNumber int32

// Op numbers what kinds do: those of one number apply the same operation.
type Op uint8

// Kind is what nodes share that apply an operation in the same way to operands of the same shapes. It is one of five: a
// variable, a constant, elementwise, a view, or computed by a kernel.
type Kind struct {
	Name     string
	Op       Op
	Operands int
	Shape    []int
	Detail   func() string // what else is to be printed of it; nil: nothing

	Variable bool
	Constant []float64 // the elements

	// Of elementwise kinds.
	Loops Loops
	Cost  int                          // what the float32 loop takes, in additions
	With  func(first Op) (Loops, bool) // the loops that apply another operation first; nil: none
	Swaps bool                         // the two operands may be swapped
	Adds  bool                         // it is a + b

	// Of views.
	View func(x Layout) (Layout, bool) // of what an operand with a layout shows; false if that must be copied first
	Same bool                          // it changes nothing

	// Of kernels.
	Kernel       Kernel
	Arrange      func(have []Order) Arrangement // the orders that it wants in float32, given those that the operands have; nil: rows
	Sums         []int                          // the axes that are added up, if it does nothing else; else nil
	Accumulates  bool                           // it can add its result to what the memory holds
	MultiplyAdds int64                          // if it is a product

	size   int
	stacks string // of the kernel
}

// Loops are the float32 and float64 forms of an elementwise loop dst[i] = f(a[i], b[i], c[i]); absent operands are nil. In float32 a
// loop that has an Op may be compiled together with others.
type Loops struct {
	F32 func(dst, a, b, c []float32)
	F64 func(dst, a, b, c []float64)
	Op  loop.Op
}

// Kernel computes nodes that are neither elementwise nor views. A program binds it to memory once for each step, and calls what
// that returns in each run.
type Kernel interface {
	Bind32(how Arrangement, ws *kernel.Workspace[float32], dst []float32, in [][]float32) func()
	Bind64(how Arrangement, ws *kernel.Workspace[float64], dst []float64, in [][]float64) func()

	// Stacks is the same text for nodes that can be computed together if they have the second operand in common: their first
	// operands are stacked, as one product with more rows, or images. It is "" where BindStacked has no kernel for that.
	Stacks() string
	BindStacked(ws *kernel.Workspace[float32], factors []kernel.Factor[float32], second []float32) func()
}

// NewGraph returns a graph with room for some nodes and operands.
func NewGraph(nodes, operands int) *Graph {
	none := func(int) error { return nil }
	return &Graph{Check: func() {}, Room: none, nodes: make([]record, 0, nodes), operands: make([]Node, 0, operands)}
}

// AddKind adds a kind, which must not change afterwards.
func (g *Graph) AddKind(k *Kind) KindNumber {
	if k.size = sizeOf(k.Shape); k.Kernel != nil {
		k.stacks = k.Kernel.Stacks()
	}
	g.kinds, g.counts = append(g.kinds, k), append(g.counts, int32(k.Operands))
	return KindNumber(len(g.kinds) - 1)
}

// KindOf returns the number of a node's kind.
func (g *Graph) KindOf(n Node) KindNumber { return KindNumber(g.nodes[n].kind) }

// Add adds a node of a kind, and returns it.
func (g *Graph) Add(k KindNumber, operands ...Node) Node {
	n := g.add(k, operands)
	g.built = len(g.nodes)
	return n
}

func (g *Graph) add(k KindNumber, operands []Node) Node {
	n := Node(len(g.nodes))
	r := record{kind: int32(k), first: int32(len(g.operands))}
	g.operands = append(g.operands, operands...)
	g.nodes = append(g.nodes, r)
	g.look(n)
	return n
}

// look finds what memory a node shows.
func (g *Graph) look(n Node) {
	r, k := &g.nodes[n], g.kind(n)
	r.base, r.seen = n, n
	if k.View != nil {
		r.base = g.base(g.operand(n, 0))
	}
	if k.Same {
		r.seen = g.seen(g.operand(n, 0))
	}
}

func (g *Graph) kind(n Node) *Kind { return g.kinds[g.nodes[n].kind] }

// in returns the operands of a node; do not change them.
func (g *Graph) in(n Node) []Node {
	r := &g.nodes[n]
	return g.operands[r.first : r.first+g.counts[r.kind]]
}

// operand returns operand i.
func (g *Graph) operand(n Node, i int) Node { return g.operands[int(g.nodes[n].first)+i] }

func (g *Graph) base(n Node) Node { return g.nodes[n].base }

func (g *Graph) original(n Node) Node {
	if g.isTwin(n) {
		return g.originals[int(n)-g.built]
	}
	return n
}

func (g *Graph) shape(n Node) []int { return g.kind(n).Shape }

func (g *Graph) size(n Node) int { return g.kind(n).size }

// isLeaf reports whether a node is a variable or a constant.
func (g *Graph) isLeaf(n Node) bool { return g.counts[g.nodes[n].kind] == 0 }

func (g *Graph) isConstant(n Node) bool { return g.isLeaf(n) && !g.kind(n).Variable }

// seen looks through views that change nothing.
func (g *Graph) seen(n Node) Node { return g.nodes[n].seen }

// splat returns the value that all elements of n are known to have: of a constant, or a view of one.
func (g *Graph) splat(n Node) (float64, bool) {
	k := g.kind(n)
	if k.View != nil && !k.Same {
		k = g.kind(g.operand(n, 0))
	}
	if len(k.Constant) == 1 {
		return k.Constant[0], true
	}
	return 0, false
}

// Elementwise reports whether each element of the result is computed from the same element of each operand.
func (k *Kind) Elementwise() bool { return k.Loops.F64 != nil }

// rank is the number of axes.
func (k *Kind) rank() int { return len(k.Shape) }

func sizeOf(shape []int) int {
	size := 1
	for _, d := range shape {
		size *= d
	}
	return size
}
