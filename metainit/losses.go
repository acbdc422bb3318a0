package metainit

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"onnx-metainit/autodiff"
)

// OutputLoss is the loss of one output.
type OutputLoss struct {
	Output string `json:"output"`
	Kind   Loss   `json:"kind"`
	Reason string `json:"reason"` // why it was chosen
}

// Losses returns the losses whose sum is the problem's, in the order of Options.Outputs.
func (p *Problem) Losses() []OutputLoss {
	list := make([]OutputLoss, len(p.losses))
	for i, l := range p.losses {
		list[i] = OutputLoss{l.output.Name, l.kind, l.reason}
	}
	return list
}

// Loss returns the loss and why it was chosen; of several outputs LossSum, and the losses that it is of.
func (p *Problem) Loss() (kind Loss, reason string) {
	if len(p.losses) == 1 {
		return p.losses[0].kind, p.losses[0].reason
	}
	var parts []string
	for _, l := range p.losses {
		parts = append(parts, fmt.Sprintf("%s, %s", l.kind, l.reason))
	}
	return LossSum, strings.Join(parts, "; ")
}

// addLosses builds the loss of each output and their sum. The errors name targets and losses of outputs that are not
// chosen, what does not fit an output, and options that no loss needs.
func (p *Problem) addLosses() error {
	var names []string
	for _, out := range p.lowered.Outputs {
		names = append(names, out.Name)
	}
	if err := named("target", p.opt.Targets, names); err != nil {
		return err
	}
	if err := named("loss", p.opt.Losses, names); err != nil {
		return err
	}
	classes, labels := false, false
	for _, out := range p.lowered.Outputs {
		given := p.opt.Targets[out.Name]
		if given == nil && len(names) == 1 {
			given = p.opt.Targets[""]
		}
		var l *loss
		var err error
		if broken := autodiff.Maybe(func() { l, err = p.newLoss(out, given) }); broken != nil {
			return broken
		}
		if err != nil {
			if len(names) > 1 {
				err = fmt.Errorf("output %q: %w", out.Name, err)
			}
			return err
		}
		if p.opt.Data != nil {
			p.weigh(l)
		}
		classes = classes || l.kind == LossCrossEntropy
		labels = labels || l.kind == LossCrossEntropy && given != nil
		p.losses = append(p.losses, l)
	}
	if p.opt.ClassAxis != nil && !classes {
		kind, reason := p.Loss()
		return fmt.Errorf("%s is for %s, but the loss is %s (%s): leave it out, or give %s",
			p.opt.Naming.Of("ClassAxis", "", strconv.Itoa(*p.opt.ClassAxis)), LossCrossEntropy, kind, reason,
			p.opt.Naming.Of("Loss", "", string(LossCrossEntropy)))
	}
	if p.opt.IgnoreIndex != nil && !labels {
		return fmt.Errorf("%s leaves out class labels, but none are given: leave it out, or give them (%s)",
			p.opt.Naming.Of("IgnoreIndex", "", strconv.Itoa(*p.opt.IgnoreIndex)), p.opt.called("Targets"))
	}
	return autodiff.Maybe(func() { p.loss = sum(p.losses) })
}

// named refuses what is given for an output that no loss is taken of, or for the only one where there are several.
func named[T any](what string, given map[string]T, names []string) error {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		switch {
		case name == "" && len(names) == 1:
		case name == "":
			return fmt.Errorf("a %s is given for the only output, but losses are taken of %s: name the one it is for, as NAME:…", what, strings.Join(names, ", "))
		case !slices.Contains(names, name):
			return fmt.Errorf("a %s is given for the output %q, but the loss is taken of %s", what, name, strings.Join(names, ", "))
		}
	}
	return nil
}

// sum adds losses up. What several are computed of is cut into portions in one way for all.
func sum(losses []*loss) *autodiff.Node {
	if len(losses) == 1 {
		l := losses[0]
		return mean(l.terms, l.count, autodiff.PortionCount(l.terms))
	}
	if rows := byRow(losses); rows != nil {
		if portions := autodiff.PortionCount(rows); portions > 1 {
			return mean(rows, 1, portions)
		}
	}
	return total(losses, func(terms *autodiff.Node) *autodiff.Node { return terms })
}

// total adds up the means of functions of the terms of losses, in one portion each.
func total(losses []*loss, of func(terms *autodiff.Node) *autodiff.Node) *autodiff.Node {
	sum := mean(of(losses[0].terms), losses[0].count, 1)
	for _, l := range losses[1:] {
		sum = autodiff.Add(sum, mean(of(l.terms), l.count, 1))
	}
	return sum
}

// byRow returns what each element of the batch adds to the sum of the losses: [n]. It is nil if one has no such axis.
func byRow(losses []*loss) *autodiff.Node {
	var rows *autodiff.Node
	for _, l := range losses {
		if l.terms.Rank() == 0 || l.terms.Shape()[0] != losses[0].terms.Shape()[0] {
			return nil
		}
		var rest []int
		for axis := 1; axis < l.terms.Rank(); axis++ {
			rest = append(rest, axis)
		}
		row := autodiff.Div(autodiff.Sum(l.terms, rest...), l.terms.Graph().Scalar(l.count))
		if rows == nil {
			rows = row
		} else {
			rows = autodiff.Add(rows, row)
		}
	}
	return rows
}

// mean divides the sum of all elements by count. The sum is taken in portions of the first axis, if what the elements are
// computed of can be cut so.
func mean(x *autodiff.Node, count float64, portions int) *autodiff.Node {
	sum := autodiff.SumAll(x)
	if portions > 1 {
		if parts := autodiff.Portions(x, 0, portions); parts != nil {
			sum = autodiff.SumAll(parts[0])
			for _, part := range parts[1:] {
				sum = autodiff.Add(sum, autodiff.SumAll(part))
			}
		}
	}
	return autodiff.Div(sum, x.Graph().Scalar(count))
}
