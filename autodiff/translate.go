package autodiff

import (
	"fmt"

	"onnx-metainit/autodiff/internal/kernel"
	"onnx-metainit/autodiff/internal/program"
)

// translation is the graph of a program, made of what some outputs need.
type translation struct {
	to      *program.Graph
	numbers map[*Node]program.Node // of the outputs and the variables

	kinds   []program.KindNumber // of those of the graph that are elementwise or views, from 1
	kernels map[boundKind]program.KindNumber
	shapes  map[string]int32 // numbers of shapes
	shapeOf []int32          // by kind of the program's graph
}

// boundKind is what a kernel depends on: the kind of a node, and the shapes of its operands.
type boundKind struct {
	number   int32
	count    int // of the operands
	operands [2]int32
}

// translate returns what the compiler is to know of outputs and the nodes that they need.
func translate(outputs []*Node) *translation {
	t := &translation{numbers: make(map[*Node]program.Node), kernels: make(map[boundKind]program.KindNumber), shapes: make(map[string]int32)}
	if len(outputs) == 0 {
		t.to = program.NewGraph(0, 0)
		return t
	}
	g := outputs[0].g
	needed, count, operands := needed(outputs)
	t.to = program.NewGraph(count, operands)
	t.to.Check, t.to.Room = g.check, g.bound.room
	numbers := make([]program.Node, len(needed)) // by node
	t.kinds = make([]program.KindNumber, len(g.kinds))
	var in []program.Node
	for id, is := range needed {
		if !is {
			continue
		}
		n := g.nodes.at(id)
		in = in[:0]
		for _, x := range n.in {
			in = append(in, numbers[x.id])
		}
		numbers[id] = t.to.Add(t.kind(n, in), in...)
		if n.op == OpVariable {
			t.numbers[n] = numbers[id]
		}
	}
	for _, n := range outputs {
		t.numbers[n] = numbers[n.id]
	}
	return t
}

// kind returns the kind of a node with some operands, which many share.
func (t *translation) kind(n *Node, in []program.Node) program.KindNumber {
	if n.leaf != nil {
		return t.add(n.kindOfLeaf())
	}
	if known := t.kinds[n.number]; known > 0 {
		return known - 1
	}
	if p := n.Primitive(); p.Elementwise() || p.view != nil {
		number := t.add(n.kindOfLoop())
		t.kinds[n.number] = number + 1
		return number
	}
	if len(in) > len(boundKind{}.operands) {
		return t.add(n.kindOfKernel())
	}
	key := boundKind{number: n.number, count: len(in)}
	for i, x := range in {
		key.operands[i] = t.shapeOf[t.to.KindOf(x)]
	}
	number, known := t.kernels[key]
	if !known {
		number = t.add(n.kindOfKernel())
		t.kernels[key] = number
	}
	return number
}

// add adds a kind to the program's graph.
func (t *translation) add(k *program.Kind) program.KindNumber {
	key := putInts(nil, k.Shape)
	shape, known := t.shapes[string(key)]
	if !known {
		shape = int32(len(t.shapes))
		t.shapes[string(key)] = shape
	}
	t.shapeOf = append(t.shapeOf, shape)
	return t.to.AddKind(k)
}

// programKind is what all kinds have.
func (n *Node) programKind() *program.Kind {
	k := &program.Kind{Name: n.Primitive().Name, Op: program.Op(n.op), Operands: len(n.in), Shape: n.shape}
	if n.leaf != nil || n.attr != nil {
		k.Detail = n.detail
	}
	return k
}

func (n *Node) kindOfLeaf() *program.Kind {
	k := n.programKind()
	k.Variable, k.Constant = n.op == OpVariable, n.leaf.data
	return k
}

// kindOfLoop is for elementwise nodes and views.
func (n *Node) kindOfLoop() *program.Kind {
	k, p := n.programKind(), n.Primitive()
	if p.view != nil {
		k.View, k.Same = func(x layout) (layout, bool) { return p.view(n, x) }, n.op == OpStop
		return k
	}
	k.Loops, k.Cost, k.Swaps, k.Adds = p.block, p.loopCost(), p.commutes, n.op == OpAdd
	if p.with != nil {
		k.With = func(first program.Op) (program.Loops, bool) { l, ok := p.with[Op(first)]; return l, ok }
	}
	return k
}

func (n *Node) kindOfKernel() *program.Kind {
	k, p := n.programKind(), n.Primitive()
	k.Kernel = (*boundKernel)(n)
	k.Accumulates, k.MultiplyAdds = p.Product(), n.multiplyAdds() // the kernels of products can add
	if p.arrange != nil {
		k.Arrange = func(have []order) arrangement { return p.arrange(n, have) }
	}
	if n.op == OpSum {
		k.Sums = append([]int{}, n.attr.(axesAttr)...)
	}
	return k
}

// boundKernel is a node whose kernel a program binds.
type boundKernel Node

func (b *boundKernel) Bind32(how arrangement, ws *kernel.Workspace[float32], dst []float32, in [][]float32) func() {
	n := (*Node)(b)
	return n.Primitive().bind.f32(n, how, ws, dst, in)
}

func (b *boundKernel) Bind64(how arrangement, ws *kernel.Workspace[float64], dst []float64, in [][]float64) func() {
	n := (*Node)(b)
	return n.Primitive().bind.f64(n, how, ws, dst, in)
}

// Stacks returns a text that is equal for products that can be stacked if they have their second operand in common; "" for
// nodes without a kernel for that, such as batches of matrices.
func (b *boundKernel) Stacks() string {
	n := (*Node)(b)
	if n.Primitive().stacked == nil || n.op == OpDot && n.Rank() != 2 {
		return ""
	}
	return fmt.Sprint(n.op, n.attr, n.in[0].shape, n.shape)
}

func (b *boundKernel) BindStacked(ws *kernel.Workspace[float32], factors []kernel.Factor[float32], second []float32) func() {
	n := (*Node)(b)
	return n.Primitive().stacked(n, ws, factors, second)
}
