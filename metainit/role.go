package metainit

import (
	"fmt"

	"onnx-metainit/autodiff"
	"onnx-metainit/autodiff/lower"
	"onnx-metainit/onnxio"
)

// Role is what a tensor is to the quotient.
type Role string

// The roles. The elements of weights and parameters are in the quotient; only weights are
// rescaled, those in front of a normalization not by MetaInit.
const (
	RoleWeight         Role = "weight"          // two or more axes and a differentiable path to the loss
	RoleScaleInvariant Role = "scale-invariant" // a weight whose norm the loss does not depend on
	RoleParameter      Role = "parameter"       // biases and gains: the same with one axis, or by its place
	RoleStatistic      Role = "statistic"       // measured, not trained: running mean and variance
	RoleConstant       Role = "constant"        // everything else
)

// roles decides what each tensor that the model uses is to the loss, and loads
// its elements. The role of one that cannot be computed with is unknown.
func roles(m *lower.Model, of *onnxio.Model, loss *autodiff.Node, opt Options) []*Parameter {
	nodes := make([]*autodiff.Node, len(m.Weights))
	for i, w := range m.Weights {
		nodes[i] = w.Node
	}
	reached := autodiff.Reaches(loss, nodes)
	names, apart := names(of), storesApart(of)
	list := make([]*Parameter, len(m.Weights))
	_ = inParallel(opt.Threads, len(list), func(i int) error {
		w := m.Weights[i]
		p := &Parameter{
			Name: nameOf(w, names), Shape: w.Node.Shape(), DType: w.Tensor.DataType.Name(),
			Tied: w.Aliases, Tensor: w.Tensor, Copies: w.Copies, names: w.Names, modules: w.Modules, node: w.Node, factor: 1,
			reached: reached[i],
		}
		for _, t := range w.Copies {
			p.Tied = append(p.Tied[:len(p.Tied):len(p.Tied)], names[t])
		}
		list[i] = p
		if p.err = p.load(w, opt); p.err != nil {
			p.Role = RoleUnknown
			return nil
		}
		if !reached[i] && w.Node.Rank() > 1 && !w.Literal {
			p.stop = m.Stop(loss, w.Node)
		}
		p.Role, p.Reason = p.roleOf(w, reached[i], apart, opt)
		return nil
	})
	keepShared(list)
	markInvariant(list, loss)
	return list
}

// invariantReason is that of a weight that is scale-invariant.
const invariantReason = "in front of a normalization: the loss does not depend on its norm"

// markInvariant gives their role to the weights whose norm the loss does not depend on, by the graph; of those that are stored
// once, if it depends on none of them.
func markInvariant(list []*Parameter, loss *autodiff.Node) {
	nodes := make([]*autodiff.Node, len(list))
	for i, p := range list {
		nodes[i] = p.node
	}
	varies := make(map[*onnxio.Tensor]bool)
	found := autodiff.Invariants(loss, nodes)
	for i, p := range list {
		varies[p.Tensor] = varies[p.Tensor] || p.Role == RoleWeight && !found[i]
	}
	for i, p := range list {
		if p.Role == RoleWeight && found[i] && !varies[p.Tensor] {
			p.Role, p.Reason = RoleScaleInvariant, invariantReason
		}
	}
}

// nameOf returns what a weight is called among all tensors.
func nameOf(w *lower.Weight, names map[*onnxio.Tensor]string) string {
	if w.Name != w.Tensor.Name {
		return w.Name
	}
	return names[w.Tensor]
}

const counts = "in the quotient, not rescaled"

// roleOf decides by the places where the tensor is used first, then by its values, then by its axes; apart says that Constant
// nodes are no place for parameters.
func (p *Parameter) roleOf(w *lower.Weight, reached, apart bool, opt Options) (Role, string) {
	all := opt.Params == nil
	switch {
	case w.Kinds == lower.Statistic && all:
		return RoleStatistic, w.Reason
	case p.stop != nil:
		return RoleConstant, fmt.Sprintf("its gradient ends at %v", p.stop)
	case !reached:
		return RoleConstant, "no differentiable path leads from it to the loss"
	case p.mask:
		return RoleConstant, "a mask: it closes places by numbers far below zero, and leaves the others open"
	case p.filling:
		return RoleConstant, "no element is a number: it fills in for what is undefined"
	case opt.Freeze != nil && p.named(opt.Freeze):
		return RoleConstant, opt.frozen()
	case opt.Params != nil && !p.named(opt.Params):
		return RoleConstant, opt.notNamed()
	}
	if all {
		if reason := p.fixed(w, apart); reason != "" {
			return RoleConstant, reason
		}
	}
	switch {
	case w.Kinds == lower.Affine:
		return RoleParameter, w.Reason + ": " + counts
	case w.Node.Rank() < 2:
		return RoleParameter, "one axis: " + counts
	case oneAxis(p.Shape) && w.Kinds&^(lower.Gain|lower.Bias|lower.Shift|lower.Affine) == 0:
		return RoleParameter, "a bias or gain, which varies along one axis: " + counts
	case p.Norm == 0:
		return RoleParameter, zeroNorm
	}
	return RoleWeight, fmt.Sprintf("%d axes and a path to the loss", w.Node.Rank())
}

// zeroNorm is the reason of what would be a weight if it had a norm.
const zeroNorm = "all elements are zero: there is no norm to tune"

// fixed returns why a tensor that a path leads from is not trained, "" if it is.
func (p *Parameter) fixed(w *lower.Weight, apart bool) string {
	switch {
	case w.Kinds == lower.Fixed:
		return w.Reason + ": not trained"
	case w.Kinds == lower.FixedUniform && p.spread.uniform():
		return w.Reason + ", all elements equal: not trained"
	case w.Literal && p.spread.uniform():
		return "a Constant node whose elements are all equal: written by the exporter, not trained"
	case w.Untrained != "":
		return w.Untrained + ": not trained"
	case apart && p.spread.uniform() && filled(p.Tensor.Name, w.Kinds):
		return "all elements equal, under a name that PyTorch's exporter made: written by it, not trained"
	case w.Kinds == lower.Affine, oneAxis(p.Shape) && w.Kinds == lower.Bias:
		return ""
	case w.Literal && apart && oneAxis(p.Shape):
		return "one axis in a Constant node, where PyTorch's exporter writes what code made: not trained"
	case p.spread.selects() && w.Kinds&(lower.Gain|lower.Scale) != 0 && w.Kinds&lower.Factor == 0:
		return "a mask: zeros and ones that multiply"
	}
	return p.angles
}
