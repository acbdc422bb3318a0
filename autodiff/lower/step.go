package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

// Step is a node of the main graph that the wanted output needs, and which nodes of the autodiff graph its tensors are.
type Step struct {
	Node     string // its name; its first output's if it has none
	Operator string
	In, Out  []*autodiff.Node // of the tensors among its operands and results
}

// steps returns those of operations that are lowered.
func (vs values) steps(order []*application) []*Step {
	var list []*Step
	for _, a := range order {
		list = append(list, &Step{Node: a.op.name, Operator: a.op.operator, In: vs.tensors(a.in), Out: vs.tensors(a.out)})
	}
	return list
}

func (vs values) tensors(nodes []*Node) []*autodiff.Node {
	var list []*autodiff.Node
	for _, n := range nodes {
		if v := vs.of[n]; v.Node != nil && !slices.Contains(list, v.Node) {
			list = append(list, v.Node)
		}
	}
	return list
}
