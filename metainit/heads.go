package metainit

import (
	"fmt"
	"slices"
	"strings"

	"onnx-metainit/autodiff"
	"onnx-metainit/autodiff/lower"
)

// outputWarnings says what the choice of outputs leaves out: preferred outputs that cannot be lowered, and weights that only other
// outputs depend on, such as those of a second head.
func (p *Problem) outputWarnings() []string {
	var list []string
	for _, o := range p.lowered.Passed {
		list = append(list, fmt.Sprintf("the output %q is passed over, since it cannot be computed (%v)", o.Name, o.Err))
	}
	var heads []string // the outputs
	var left []string  // the weights
	weights := p.outside()
	for _, o := range p.lowered.Others {
		if o.Err != nil || len(weights) == 0 {
			continue
		}
		nodes := make([]*autodiff.Node, len(weights))
		for i, w := range weights {
			nodes[i] = w.Node
		}
		reached := autodiff.Reaches(o.Node, nodes)
		if slices.Contains(reached, true) {
			heads = append(heads, o.Name)
		}
		var rest []*lower.Weight
		for i, w := range weights {
			if reached[i] {
				left = append(left, w.Name)
			} else {
				rest = append(rest, w)
			}
		}
		weights = rest
	}
	if len(left) == 0 {
		return list
	}
	sum := ""
	for _, o := range p.lowered.Outputs {
		sum += " " + p.opt.Naming.Of("Outputs", o.Name, "")
	}
	for _, name := range heads {
		sum += " " + p.opt.Naming.Of("Outputs", name, "")
	}
	const most = 5
	more := ""
	if n := len(left) - most; n > 0 {
		left, more = left[:most], fmt.Sprintf(" and %d more", n)
	}
	others := "the output " + heads[0] + " depends"
	if len(heads) > 1 {
		others = "the outputs " + strings.Join(heads, ", ") + " depend"
	}
	return append(list, fmt.Sprintf("weights that only %s on are left as they are: %s%s; for the sum of the losses:%s",
		others, strings.Join(left, ", "), more, sum))
}

// outside returns the weights that products use and the loss does not depend on.
func (p *Problem) outside() []*lower.Weight {
	var list []*lower.Weight
	for i, w := range p.lowered.Weights {
		if w.Kinds&lower.Factor != 0 && w.Node.Rank() > 1 && !p.parameters[i].reached && !p.opt.excludes(p.parameters[i]) {
			list = append(list, w)
		}
	}
	return list
}
