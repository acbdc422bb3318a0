package metainit

import (
	"fmt"
	"slices"
	"strings"

	"onnx-metainit/autodiff"
	"onnx-metainit/autodiff/lower"
)

// whole is the loss as one portion: computed of the nodes that the model's operations were lowered to.
func (p *Problem) whole() *autodiff.Node {
	return total(p.losses, func(terms *autodiff.Node) *autodiff.Node { return terms })
}

// allDead is the error of a gradient that is zero for all parameters, of the given number of elements.
func (p *Problem) allDead(size int) error {
	cause, text := "dead activations or zero weights", p.deadText(p.counted)
	zero := slices.ContainsFunc(p.parameters, func(par *Parameter) bool { return par.Norm == 0 && par.node.Rank() > 1 })
	if text == "" && !zero {
		cause += ", zero data, or a loss that they do not change"
	}
	return fmt.Errorf("the gradient is zero for all %d parameters (%s): %w%s", size, cause, ErrNoGradient, text)
}

// deadText names, behind "; ", the operations that let nothing of the gradient through to parameters for which it is zero.
// It is "" if there are none, or they cannot be found.
func (p *Problem) deadText(dead []*Parameter) string {
	closed, err := p.closed(dead)
	if err != nil || len(closed) == 0 {
		return ""
	}
	const shown = 3
	var list []string
	for _, l := range closed[:min(len(closed), shown)] {
		list = append(list, l.String())
	}
	lets := " lets nothing of it through"
	if len(closed) > 1 {
		lets = " let nothing of it through"
	}
	if len(closed) > shown {
		list = append(list, "…")
	}
	return "; " + strings.Join(list, ", ") + lets
}

// closed returns the operations that have a gradient by a result on the first batch, but none by any operand that is
// computed from the given parameters: dead activations, and products with zeros.
func (p *Problem) closed(dead []*Parameter) ([]*lower.Lowered, error) {
	var theta, nodes, sums []*autodiff.Node
	for _, par := range dead {
		theta = append(theta, par.node)
	}
	whole := p.whole()
	depends := autodiff.Dependents(whole, theta...)
	for n, marked := range depends {
		if marked {
			nodes = append(nodes, n)
		}
	}
	slices.SortFunc(nodes, func(a, b *autodiff.Node) int { return a.ID() - b.ID() })
	err := autodiff.Maybe(func() {
		for _, g := range autodiff.Grad(whole, nodes) {
			sums = append(sums, autodiff.SumAll(autodiff.Abs(g)))
		}
	})
	if err != nil {
		return nil, err
	}
	prog, err := p.first(p.opt.Precision, sums)
	if err != nil {
		return nil, err
	}
	defer prog.Close()
	flows := make(map[*autodiff.Node]bool)
	for i, n := range nodes {
		flows[n] = prog.Read(sums[i])[0] != 0
	}
	var list []*lower.Lowered
	for _, l := range p.lowered.Operations {
		if l.Joins { // the gradient may be zero for a part of the result: the cause is behind
			continue
		}
		through := false // whether an operand depends on the parameters, and is not one of them
		for _, n := range l.In {
			through = through || depends[n] && !slices.Contains(theta, n)
		}
		if through && slices.ContainsFunc(l.Out, func(n *autodiff.Node) bool { return flows[n] }) &&
			!slices.ContainsFunc(l.In, func(n *autodiff.Node) bool { return flows[n] }) {
			list = append(list, l)
		}
	}
	return list, nil
}
