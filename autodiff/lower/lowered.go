package lower

import (
	"fmt"
	"slices"

	"onnx-metainit/autodiff"
)

// Lowered is one operation of a model, with its operands and results in the graph.
type Lowered struct {
	Operator string // as in MatMul, or com.microsoft:FusedMatMul
	Node     string // its name; its first output's if it has none
	In, Out  []*autodiff.Node

	Quantizes bool // makes quantized numbers, which another operator turns back
	Rounds    bool // makes steps of what flows through it, as what quantizes does
	Joins     bool // puts its operands side by side, as Concat does
}

// String returns the operator with the node's name.
func (l *Lowered) String() string { return fmt.Sprintf("%s (node %q)", l.Operator, l.Node) }

// noteLowered records an operation and its results.
func (c *call) noteLowered(row *operator, out []value) {
	l := &Lowered{Operator: qualified(row.domain, row.name), Node: c.op.name, Quantizes: row.quantizes, Joins: row.joins}
	l.In, l.Out, l.Rounds = nodesOf(c.in), nodesOf(out), row.quantizes || row.noDerivative == stepwise
	c.operations = append(c.operations, l)
}

func nodesOf(values []value) []*autodiff.Node {
	var list []*autodiff.Node
	for _, v := range values {
		for _, t := range v.tensors() {
			if t.Node != nil {
				list = append(list, t.Node)
			}
		}
	}
	return list
}

// Stop returns the operation without derivative that keeps y from depending on x differentiably. Of several it is the first
// that all paths from x to y go through, or else the first. It is nil if there is a differentiable path, or no path.
func (m *Model) Stop(y, x *autodiff.Node) *Lowered {
	depends := autodiff.Dependents(y, x)
	if depends[y] {
		return nil
	}
	var first *Lowered
	for _, l := range m.Operations {
		leads := slices.ContainsFunc(l.Out, func(n *autodiff.Node) bool {
			_, needed := depends[n]
			return needed && !constant(n)
		})
		if !leads || !anyOf(depends, l.In) || anyOf(depends, l.Out) {
			continue
		}
		if !bypassed(y, x, l.Out) {
			return l
		}
		if first == nil {
			first = l
		}
	}
	return first
}

func anyOf[N any](marked map[*N]bool, nodes []*N) bool {
	return slices.ContainsFunc(nodes, func(n *N) bool { return marked[n] })
}

// bypassed reports whether a path leads from x to y without the given nodes.
func bypassed(y, x *autodiff.Node, without []*autodiff.Node) bool {
	seen := make(map[*autodiff.Node]bool)
	for _, n := range without {
		seen[n] = true
	}
	for stack := []*autodiff.Node{y}; len(stack) > 0; {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if n == x {
			return true
		}
		if !seen[n] {
			seen[n] = true
			stack = append(stack, n.Operands()...)
		}
	}
	return false
}
