package autodiff

// Node is one tensor of a graph: the result of a primitive, an input, or a
// constant.
type Node struct {
	*kind
	in     []*Node
	root   int32 // the number of the root of its chain: see chain.go
	guard  int32 // the number of the gate that it is behind, or none: see gate.go
	id     int32 // its number in the graph
	curved bool  // whether it is a curved function of another root
	pole   bool  // whether it can be infinite
	splat  bool  // whether all elements are known to have one value
}

// none stands for the number of a node where there is none.
const none int32 = -1

// kind is what nodes share that apply a primitive in the same way to operands of the same shapes. Each leaf has its own.
type kind struct {
	g      *Graph
	attr   attr
	shape  []int
	leaf   *leaf // of variables and constants, else nil
	number int32 // in the graph
	op     Op
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

// nodeList holds nodes by their numbers, in blocks: nodes that are built one after the other are neighbours in memory, and most
// passes visit them in this order.
type nodeList struct {
	blocks []*[blockNodes]Node
	count  int
}

func (l *nodeList) at(number int) *Node { return &l.blocks[number/blockNodes][number%blockNodes] }

// add returns the next node, which is empty.
func (l *nodeList) add() *Node {
	if l.count == blockNodes*len(l.blocks) {
		l.blocks = append(l.blocks, new([blockNodes]Node))
	}
	l.count++
	return l.at(l.count - 1)
}

// operandLists holds the operands of nodes, list after list, in blocks.
type operandLists struct{ block []*Node }

// keep returns a copy of a list that its owner may change.
func (l *operandLists) keep(in []*Node) []*Node {
	if len(l.block)+len(in) > cap(l.block) {
		l.block = make([]*Node, 0, max(blockOperands, len(in)))
	}
	first := len(l.block)
	l.block = append(l.block, in...)
	return l.block[first:len(l.block):len(l.block)]
}

// drop empties the last node.
func (l *nodeList) drop() {
	l.count--
	*l.at(l.count) = Node{}
}
