package metainit

import (
	"cmp"
	"slices"

	"onnx-metainit/autodiff"
)

// user is the first operation that computes with a weight: what multiplies by it, or takes rows of it. The zero value is of a
// weight for which none is found.
type user struct {
	operator string // with its domain before it, unless that is ONNX's own
	position int    // among those of all parameters, in the order of the graph, from 1
}

// users returns the first operation that computes with each counted parameter and with something else that is not constant. What
// is computed from the parameter alone, such as its transpose, counts as the parameter.
func (p *Problem) users() map[*autodiff.Node]user {
	held := make(map[*autodiff.Node]*autodiff.Node) // the parameter that a node is computed of alone
	for _, par := range p.counted {
		held[par.node] = par.node
	}
	first := make(map[*autodiff.Node]int)
	for i, l := range p.lowered.Operations {
		operands := slices.DeleteFunc(slices.Clone(l.In), constant)
		alone := len(operands) > 0 && held[operands[0]] != nil
		for _, n := range operands {
			alone = alone && held[n] == held[operands[0]]
		}
		for _, n := range operands {
			w := held[n]
			if _, found := first[w]; w != nil && !alone && !found {
				first[w] = i
			}
		}
		if alone {
			for _, n := range l.Out {
				if !constant(n) && held[n] == nil {
					held[n] = held[operands[0]]
				}
			}
		}
	}
	positions := p.positions(first)
	users := make(map[*autodiff.Node]user)
	for w, i := range first {
		users[w] = user{p.lowered.Operations[i].Operator, positions[i]}
	}
	return users
}

// positions numbers operations from 1 in the order of the file's nodes. Those of functions and subgraphs follow the operation before
// them, in the order in which they were lowered.
func (p *Problem) positions(operations map[*autodiff.Node]int) map[int]int {
	inFile := make(map[string]int)
	for i, n := range p.model.Proto.GetGraph().GetNode() {
		name := n.GetName()
		if name == "" && len(n.GetOutput()) > 0 {
			name = n.GetOutput()[0]
		}
		inFile[name] = i
	}
	places, last := make([]int, len(p.lowered.Operations)), 0
	for i, l := range p.lowered.Operations {
		if place, found := inFile[l.Node]; found {
			last = place
		}
		places[i] = last
	}
	var list []int
	for _, i := range operations {
		list = append(list, i)
	}
	slices.SortFunc(list, func(a, b int) int { return cmp.Or(cmp.Compare(places[a], places[b]), cmp.Compare(a, b)) })
	positions := make(map[int]int)
	for k, i := range slices.Compact(list) {
		positions[i] = k + 1
	}
	return positions
}

// constant reports whether the elements are known while building.
func constant(n *autodiff.Node) bool {
	_, splat := n.Splat()
	return splat || n.Op() == autodiff.OpConst
}
