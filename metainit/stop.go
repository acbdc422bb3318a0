package metainit

import (
	"fmt"
	"slices"

	"onnx-metainit/autodiff"
	"onnx-metainit/autodiff/lower"
)

// stop is the operations of one operator, which has no derivative, and the weights whose gradient ends there.
type stop struct {
	operator string
	nodes    []*lower.Lowered
	weights  []string
}

// String returns the stop in a sentence.
func (s *stop) String() string {
	at := s.nodes[0].String()
	if n := len(s.nodes); n > 1 {
		at = fmt.Sprintf("%s (%d nodes, first %q)", s.operator, n, s.nodes[0].Node)
	}
	return fmt.Sprintf("the gradient of %s ends at %s, which has no derivative", quoted(s.weights), at)
}

// advice says what to do about an operation that ends the gradient.
func (o Options) advice(at *lower.Lowered) string {
	switch {
	case at.Quantizes && !o.StraightThrough:
		return "give " + o.called("StraightThrough") + ", which takes pairs of QuantizeLinear and DequantizeLinear for the identity"
	case at.Quantizes:
		return "no DequantizeLinear with the same scale and zero point follows; export the model before it is quantized"
	}
	return "export the model with a differentiable function in its place"
}

// stops returns where the gradients of weights end that do not reach the loss, in the order of the file: of operands of
// products, and of what is quantized or rounded. Where others end the derivative, comparisons and conversions to whole
// numbers, they often compute masks and places, of tensors that nobody trains.
func (p *Problem) stops() []*stop {
	var list []*stop
	for i, par := range p.parameters {
		if par.stop == nil {
			continue
		}
		if p.lowered.Weights[i].Kinds&lower.Factor == 0 && !par.stop.Rounds {
			continue
		}
		s := &stop{operator: par.stop.Operator}
		if k := slices.IndexFunc(list, func(have *stop) bool { return have.operator == s.operator }); k >= 0 {
			s = list[k]
		} else {
			list = append(list, s)
		}
		s.weights = append(s.weights, par.Name)
		if !slices.Contains(s.nodes, par.stop) {
			s.nodes = append(s.nodes, par.stop)
		}
	}
	return list
}

// stopWarnings names the weights that no gradient reaches though others have one, a sentence for each operator that ends
// it, and says what StraightThrough does.
func (p *Problem) stopWarnings() []string {
	var list []string
	if len(p.counted) > 0 {
		for _, s := range p.stops() {
			list = append(list, fmt.Sprintf("%v: nothing is measured or tuned there; %s", s, p.opt.advice(s.nodes[0])))
		}
	}
	if at := p.rangeOnly(); at != nil {
		list = append(list, fmt.Sprintf("the gradient flows through the range that %v finds, and not through what it rounds; %s", at, p.opt.advice(at)))
	}
	if n := p.lowered.Pairs; n > 0 {
		pairs := "1 pair"
		if n > 1 {
			pairs = fmt.Sprintf("%d pairs", n)
		}
		list = append(list, fmt.Sprintf("%s takes %s of QuantizeLinear and DequantizeLinear for the identity, and leaves their scales as they are: calibrate them again for rescaled weights", p.opt.called("StraightThrough"), pairs))
	} else if p.opt.StraightThrough {
		list = append(list, p.opt.called("StraightThrough")+" changes nothing: the output needs no pair of QuantizeLinear and DequantizeLinear")
	}
	return list
}

// rangeOnly returns the first DynamicQuantizeLinear between a parameter and the loss, nil if there is none. Its scale is a
// difference of two elements and has a derivative, which is not that of the network.
func (p *Problem) rangeOnly() *lower.Lowered {
	i := slices.IndexFunc(p.lowered.Operations, func(l *lower.Lowered) bool { return l.Operator == "DynamicQuantizeLinear" })
	if i < 0 || p.loss == nil {
		return nil
	}
	theta := make([]*autodiff.Node, len(p.counted))
	for j, par := range p.counted {
		theta[j] = par.node
	}
	depends := autodiff.Dependents(p.whole(), theta...)
	for _, l := range p.lowered.Operations[i:] {
		if l.Operator == "DynamicQuantizeLinear" && slices.ContainsFunc(l.Out, func(n *autodiff.Node) bool { return depends[n] }) {
			return l
		}
	}
	return nil
}
