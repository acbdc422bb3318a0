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
}

// translate returns what the compiler is to know of outputs and the nodes that they need.
func translate(outputs []*Node) *translation {
	t := &translation{numbers: make(map[*Node]program.Node)}
	if len(outputs) == 0 {
		t.to = program.NewGraph(0, 0)
		return t
	}
	g := outputs[0].g
	needed, count, operands := needed(outputs)
	t.to = program.NewGraph(count, operands)
	t.to.Check, t.to.Room = g.check, g.room
	numbers := make([]program.Node, g.Len())          // by node
	kinds := make([]program.KindNumber, len(g.kinds)) // of those that nodes share, from 1
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
		numbers[id] = t.to.Add(t.kind(n, kinds), in...)
		if n.op == OpVariable {
			t.numbers[n] = numbers[id]
		}
	}
	for _, n := range outputs {
		t.numbers[n] = numbers[n.id]
	}
	return t
}

// kind returns the kind of a node. Those with a kernel have one each, since what it does depends on their operands' shapes.
func (t *translation) kind(n *Node, known []program.KindNumber) program.KindNumber {
	p := n.Primitive()
	shared := n.leaf == nil && (p.Elementwise() || p.view != nil)
	if shared && known[n.number] > 0 {
		return known[n.number] - 1
	}
	k := &program.Kind{Name: p.Name, Op: program.Op(n.op), Operands: len(n.in), Shape: n.shape}
	switch {
	case n.leaf != nil:
		k.Variable, k.Constant = n.op == OpVariable, n.leaf.data
	case p.Elementwise():
		k.Loops, k.Cost, k.Swaps, k.Adds = p.block, p.loopCost(), p.commutes, n.op == OpAdd
		if p.with != nil {
			k.With = func(first program.Op) (program.Loops, bool) { l, ok := p.with[Op(first)]; return l, ok }
		}
	case p.view != nil:
		k.View, k.Same = func(x layout) (layout, bool) { return p.view(n, x) }, n.op == OpStop
	default:
		k.Kernel = (*boundKernel)(n)
		k.Accumulates, k.MultiplyAdds = p.Product(), n.multiplyAdds() // the kernels of products can add
		if p.arrange != nil {
			k.Arrange = func(have []order) arrangement { return p.arrange(n, have) }
		}
		if n.op == OpSum {
			k.Sums = append([]int{}, n.attr.(axesAttr)...)
		}
	}
	if n.leaf != nil || n.attr != nil {
		k.Detail = n.detail
	}
	number := t.to.AddKind(k)
	if shared {
		known[n.number] = number + 1
	}
	return number
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
