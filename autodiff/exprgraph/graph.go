package exprgraph

import (
	"fmt"
	"maps"
	"slices"

	"gorgonia.org/gorgonia"

	"onnx-metainit/autodiff"
)

// Graph is an ExprGraph together with the autodiff graph that it shows. It is
// not safe for concurrent use.
type Graph struct {
	expr    *gorgonia.ExprGraph
	nodes   map[*autodiff.Node]*gorgonia.Node
	sources map[*gorgonia.Node]*autodiff.Node
	taken   identities
	names   map[string]bool
	machine gorgonia.VM // made by the first Run
}

// New returns the ExprGraph of all nodes that outputs, nodes of one autodiff
// graph, are computed from. Variables become inputs without a value, constants
// inputs with one; an input is named after its variable, with a number behind
// where the name is taken.
//
// Later growth of the autodiff graph does not show. It is an error to give no
// output, or nodes of different graphs.
func New(outputs ...*autodiff.Node) (*Graph, error) {
	if len(outputs) == 0 {
		return nil, fmt.Errorf("an expression graph needs at least one output")
	}
	for _, n := range outputs {
		if n.Graph() != outputs[0].Graph() {
			return nil, fmt.Errorf("the outputs %v and %v belong to different graphs", outputs[0], n)
		}
	}
	g := &Graph{
		expr:    gorgonia.NewGraph(),
		nodes:   make(map[*autodiff.Node]*gorgonia.Node),
		sources: make(map[*gorgonia.Node]*autodiff.Node),
		taken:   make(identities),
		names:   make(map[string]bool),
	}
	for _, n := range ancestors(outputs) {
		if err := g.add(n); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// add makes the node of n, whose operands have theirs.
func (g *Graph) add(n *autodiff.Node) error {
	var node *gorgonia.Node
	switch n.Op() {
	case autodiff.OpVariable:
		node = g.leaf(n, n.Name())
	case autodiff.OpConst:
		node = g.leaf(n, fmt.Sprintf("const %d", n.ID()))
		data, _ := n.Value()
		if err := gorgonia.Let(node, newValue(slices.Clone(data), n.Shape())); err != nil {
			return fmt.Errorf("constant %v: %w", n, err)
		}
	default:
		node = g.apply(n)
	}
	g.nodes[n], g.sources[node] = node, n
	return nil
}

func (g *Graph) leaf(n *autodiff.Node, name string) *gorgonia.Node {
	t, shape := typeOf(n.Rank()), shapeOf(n)
	name = g.taken.choose(t, shape, nil, func(k int) string {
		for ; ; k++ {
			if candidate := numbered(name, k); !g.names[candidate] {
				return candidate
			}
		}
	})
	g.names[name] = true
	return gorgonia.NewUniqueNode(gorgonia.In(g.expr), gorgonia.WithType(t), gorgonia.WithShape(shape...),
		gorgonia.WithName(name))
}

func numbered(name string, k int) string {
	if k == 0 {
		return name
	}
	return fmt.Sprintf("%s (%d)", name, k+1)
}

func (g *Graph) apply(n *autodiff.Node) *gorgonia.Node {
	operands := make(gorgonia.Nodes, len(n.Operands()))
	for i, x := range n.Operands() {
		operands[i] = g.nodes[x]
	}
	t, shape := typeOf(n.Rank()), shapeOf(n)
	identity := g.taken.choose(t, shape, operands, func(k int) string { return fmt.Sprintf("%d.%d", n.ID(), k) })
	return gorgonia.NewUniqueNode(gorgonia.In(g.expr), gorgonia.WithType(t), gorgonia.WithShape(shape...),
		gorgonia.WithOp(&op{n, identity}), gorgonia.WithChildren(operands))
}

// Expr returns the ExprGraph, for Gorgonia's machines, solvers and dot output.
func (g *Graph) Expr() *gorgonia.ExprGraph { return g.expr }

// Node returns the node that shows n, nil if there is none.
func (g *Graph) Node(n *autodiff.Node) *gorgonia.Node { return g.nodes[n] }

// Source returns the autodiff node that is shown by node, nil if there is none.
func (g *Graph) Source(node *gorgonia.Node) *autodiff.Node { return g.sources[node] }

// Let gives variables their row-major data, which are copied; the others keep
// theirs. A variable that the graph does not hold is ignored, as by
// autodiff.Program.Write. The errors are those of a node that is no variable and
// of data whose length does not fit.
func (g *Graph) Let(values map[*autodiff.Node][]float64) error {
	byID := func(a, b *autodiff.Node) int { return a.ID() - b.ID() }
	for _, variable := range slices.SortedFunc(maps.Keys(values), byID) {
		if err := g.let(variable, values[variable]); err != nil {
			return err
		}
	}
	return nil
}

func (g *Graph) let(variable *autodiff.Node, data []float64) error {
	if variable.Op() != autodiff.OpVariable {
		return fmt.Errorf("%v is not a variable: only variables are given data", variable)
	}
	if len(data) != variable.Size() {
		return fmt.Errorf("variable %q of shape %v needs %d values, got %d",
			variable.Name(), variable.Shape(), variable.Size(), len(data))
	}
	node, ok := g.nodes[variable]
	if !ok {
		return nil
	}
	return gorgonia.Let(node, newValue(slices.Clone(data), variable.Shape()))
}

// Run computes every node by a gorgonia.TapeMachine, which is compiled by the
// first call, in a time that grows with the square of the number of nodes. All
// values are held at once, until the next Run. It is an error if a variable has
// no value, or an index is outside its table.
func (g *Graph) Run() error {
	if g.machine == nil {
		g.machine = gorgonia.NewTapeMachine(g.expr)
	}
	g.machine.Reset()
	return g.machine.RunAll()
}

// Value returns a copy of the row-major elements of n as the last Run left
// them, or as they were given. It is an error if the graph does not hold n or n
// has no value yet.
func (g *Graph) Value(n *autodiff.Node) ([]float64, error) {
	node, ok := g.nodes[n]
	if !ok {
		return nil, fmt.Errorf("the expression graph does not hold %v: give it to New as an output", n)
	}
	v := node.Value()
	if v == nil {
		return nil, fmt.Errorf("%v has no value: call Run first", n)
	}
	data, err := dataOf(v)
	return slices.Clone(data), err
}

// ancestors returns the nodes that outputs are computed from, and those
// themselves, operands first.
func ancestors(outputs []*autodiff.Node) []*autodiff.Node {
	seen := make(map[*autodiff.Node]bool)
	stack, list := slices.Clone(outputs), []*autodiff.Node(nil)
	for len(stack) > 0 {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if !seen[n] {
			seen[n] = true
			list = append(list, n)
			stack = append(stack, n.Operands()...)
		}
	}
	slices.SortFunc(list, func(a, b *autodiff.Node) int { return a.ID() - b.ID() })
	return list
}
