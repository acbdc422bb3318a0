package metainit

import (
	"fmt"
	"math"

	"onnx-metainit/autodiff"
	"onnx-metainit/autodiff/lower"
	"onnx-metainit/onnxio"
)

// Role is what a tensor is to the quotient.
type Role string

// The roles. Weights and parameters make up the quotient; only weights are
// rescaled.
const (
	RoleWeight    Role = "weight"    // two or more axes and a differentiable path to the loss
	RoleParameter Role = "parameter" // biases and gains: the same with one axis, or by its place
	RoleStatistic Role = "statistic" // measured, not trained: running mean and variance
	RoleConstant  Role = "constant"  // everything else
)

// Parameter is a float tensor of the model and its role.
type Parameter struct {
	Name   string // of the tensor; in subgraphs and functions with the place before it; see lower.Weight where it is several
	Shape  []int
	DType  string
	Role   Role
	Reason string // why it has this role
	Norm   float64
	Tied   []string // other names of the same tensor in the graph: it is tuned as one
	Tensor *onnxio.Tensor
	Copies []*onnxio.Tensor // tensors that hold the same weight again, perhaps transposed

	node    *autodiff.Node
	spread  spread
	mask    bool     // it closes places to a softmax
	angles  string   // what it is if it holds angles
	names   []string // those that it is used by, if they tell what was merged
	modules []string // those that multiply by it, if the file tells
	factor  float64  // what the elements are multiplied by at present
}

// roles decides what each tensor that the model uses is to the loss, and loads
// its elements.
func roles(m *lower.Model, of *onnxio.Model, loss *autodiff.Node, opt Options) ([]*Parameter, error) {
	nodes := make([]*autodiff.Node, len(m.Weights))
	for i, w := range m.Weights {
		nodes[i] = w.Node
	}
	reached := autodiff.Reaches(loss, nodes)
	names, apart := names(of), storesApart(of)
	list := make([]*Parameter, len(m.Weights))
	err := inParallel(opt.Threads, len(list), func(i int) error {
		w := m.Weights[i]
		p := &Parameter{
			Name: nameOf(w, names), Shape: w.Node.Shape(), DType: typeName(w.Tensor.DataType),
			Tied: w.Aliases, Tensor: w.Tensor, Copies: w.Copies, names: w.Names, modules: w.Modules, node: w.Node, factor: 1,
		}
		for _, t := range w.Copies {
			p.Tied = append(p.Tied[:len(p.Tied):len(p.Tied)], names[t])
		}
		list[i] = p
		if err := p.load(opt.Precision, w); err != nil {
			return err
		}
		p.Role, p.Reason = p.roleOf(w, reached[i], apart, opt)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// nameOf returns what a weight is called among all tensors.
func nameOf(w *lower.Weight, names map[*onnxio.Tensor]string) string {
	if w.Name != w.Tensor.Name {
		return w.Name
	}
	return names[w.Tensor]
}

// roleOf decides by the places where the tensor is used first, then by its values, then by its axes; apart says that Constant
// nodes are no place for parameters.
func (p *Parameter) roleOf(w *lower.Weight, reached, apart bool, opt Options) (Role, string) {
	all := opt.Params == nil
	switch {
	case w.Parts == lower.Statistic && all:
		return RoleStatistic, w.Reason
	case !reached:
		return RoleConstant, "no differentiable path leads from it to the loss"
	case p.mask:
		return RoleConstant, "a mask: it closes places by numbers far below zero, and leaves the others open"
	case opt.Freeze != nil && opt.Freeze.MatchString(p.Name):
		return RoleConstant, "its name matches --freeze"
	case opt.Params != nil && !opt.Params.MatchString(p.Name):
		return RoleConstant, "its name does not match --params"
	}
	if all {
		if reason := p.fixed(w, apart); reason != "" {
			return RoleConstant, reason
		}
	}
	const counts = "in the quotient, not rescaled"
	switch {
	case w.Parts == lower.Affine:
		return RoleParameter, w.Reason + ": " + counts
	case w.Node.Rank() < 2:
		return RoleParameter, "one axis: " + counts
	case oneAxis(p.Shape) && w.Parts&^(lower.Gain|lower.Bias|lower.Shift|lower.Affine) == 0:
		return RoleParameter, "a bias or gain, which varies along one axis: " + counts
	case w.Shared:
		return RoleParameter, "the file stores it and other parameters as one tensor: " + counts
	case p.Norm == 0:
		return RoleParameter, "all elements are zero: there is no norm to tune"
	}
	return RoleWeight, fmt.Sprintf("%d axes and a path to the loss", w.Node.Rank())
}

// fixed returns why a tensor that a path leads from is not trained, "" if it is.
func (p *Parameter) fixed(w *lower.Weight, apart bool) string {
	switch {
	case w.Parts == lower.Fixed:
		return w.Reason + ": not trained"
	case w.Parts == lower.FixedZeros && p.Norm == 0:
		return w.Reason + ", all zero: not trained"
	case w.Literal && p.spread.uniform():
		return "a Constant node whose elements are all equal: written by the exporter, not trained"
	case w.Parts == lower.Affine, oneAxis(p.Shape) && w.Parts == lower.Bias:
		return ""
	case w.Literal && apart && oneAxis(p.Shape):
		return "one axis in a Constant node, where PyTorch's exporter writes what code made: not trained"
	case p.spread.selects() && w.Parts&(lower.Gain|lower.Scale) != 0 && w.Parts&lower.Factor == 0:
		return "a mask: zeros and ones that multiply"
	}
	return p.angles
}

// load looks at the elements and refuses those that are not finite, or would not be what they are in the precision, unless
// they are a mask's, by which no product multiplies.
func (p *Parameter) load(precision autodiff.Precision, w *lower.Weight) error {
	p.spread = newSpread()
	var norm onnxio.Norm
	angles, found := anglesOf(w)
	err := p.Tensor.Blocks(func(block []float64) error {
		p.spread.add(block)
		norm.Add(block)
		angles(block)
		return nil
	})
	p.Norm, p.angles = norm.Value(), found()
	p.mask = w.Parts&lower.Factor == 0 && w.Parts != lower.Affine && p.spread.masks()
	switch {
	case err != nil:
		return err
	case p.mask:
		return nil
	case !allFinite(p.Norm):
		return fmt.Errorf("tensor %q holds NaN or infinite values: %w", p.Name, ErrNotFinite)
	case precision == autodiff.Float32 && p.Norm != 0 && (p.Norm > math.MaxFloat32 || p.Norm < 0x1p-126):
		return fmt.Errorf("tensor %q of type %s has norm %.4g, which is beyond float32: use --precision float64", p.Name, p.DType, p.Norm)
	}
	return nil
}

// tuned reports whether the norm is what a run changes.
func (p *Parameter) tuned() bool { return p.Role == RoleWeight }

// counted reports whether the elements are in the quotient.
func (p *Parameter) counted() bool { return p.Role == RoleWeight || p.Role == RoleParameter }

// write puts the elements, times the present factor, into a program.
func (p *Parameter) write(prog *autodiff.Program) error {
	start := 0
	err := p.Tensor.Blocks(func(block []float64) error {
		prog.Write(p.node, start, block)
		start += len(block)
		return nil
	})
	if err == nil && p.factor != 1 {
		prog.Scale(p.node, p.factor)
	}
	return err
}
