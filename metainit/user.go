package metainit

import (
	"slices"

	"onnx-metainit/autodiff"
)

// user is the first operation that computes with a weight: what multiplies by it, or takes rows of it. The zero value is of a
// weight for which none is found.
type user struct {
	operator string // with its domain before it, unless that is ONNX's own
	position int    // in the order of execution, from 1
}

// users returns the first operation that computes with each counted parameter and something else that is no constant. What is
// computed of the parameter alone, as its transpose is, stands for it.
func (p *Problem) users() map[*autodiff.Node]user {
	held := make(map[*autodiff.Node]*autodiff.Node) // the parameter that a node is computed of alone
	for _, par := range p.counted {
		held[par.node] = par.node
	}
	users := make(map[*autodiff.Node]user)
	for i, l := range p.lowered.Operations {
		operands := slices.DeleteFunc(slices.Clone(l.In), constant)
		alone := len(operands) > 0 && held[operands[0]] != nil
		for _, n := range operands {
			alone = alone && held[n] == held[operands[0]]
		}
		for _, n := range operands {
			w := held[n]
			if _, found := users[w]; w != nil && !alone && !found {
				users[w] = user{l.Operator, i + 1}
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
	return users
}

// constant reports whether the elements are known while building.
func constant(n *autodiff.Node) bool {
	_, splat := n.Splat()
	return splat || n.Op() == autodiff.OpConst
}
