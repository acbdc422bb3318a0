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
	RoleParameter Role = "parameter" // the same with one axis: biases, scales of normalizations
	RoleStatistic Role = "statistic" // measured, not trained: running mean and variance
	RoleConstant  Role = "constant"  // everything else
)

// Parameter is a float tensor of the model and its role.
type Parameter struct {
	Name   string // of the tensor; in subgraphs and functions with the place before it
	Shape  []int
	DType  string
	Role   Role
	Reason string // why it has this role
	Norm   float64
	Tied   []string // other names of the same tensor in the graph: it is tuned as one
	Tensor *onnxio.Tensor

	node    *autodiff.Node
	spread  spread
	reached bool           // a differentiable path leads from it to the loss
	stop    *lower.Lowered // where the derivatives by it end, if they do on the way to the loss
	err     error          // why it cannot be computed with: it cannot be read, holds NaN
	mask    bool           // it closes places to a softmax
	factor  float64        // what the elements are multiplied by at present
}

// roles decides what each tensor that the model uses is to the loss, and loads
// its elements. The tensors have the given names. The role of one that cannot be computed with is unknown.
func roles(m *lower.Model, names map[*onnxio.Tensor]string, loss *autodiff.Node, opt Options) []*Parameter {
	nodes := make([]*autodiff.Node, len(m.Weights))
	for i, w := range m.Weights {
		nodes[i] = w.Node
	}
	reached := autodiff.Reaches(loss, nodes)
	list := make([]*Parameter, len(m.Weights))
	_ = inParallel(opt.Threads, len(list), func(i int) error {
		w := m.Weights[i]
		p := &Parameter{
			Name: names[w.Tensor], Shape: w.Node.Shape(), DType: typeName(w.Tensor.DataType),
			Tied: w.Aliases, Tensor: w.Tensor, node: w.Node, factor: 1, reached: reached[i],
		}
		list[i] = p
		if p.err = p.load(opt.Precision, w.Factor); p.err != nil {
			p.Role = RoleUnknown
			return nil
		}
		if !reached[i] && w.Node.Rank() > 1 && !w.Literal {
			p.stop = m.Stop(loss, w.Node)
		}
		p.Role, p.Reason = p.roleOf(w, reached[i], opt)
		return nil
	})
	return list
}

func (p *Parameter) roleOf(w *lower.Weight, reached bool, opt Options) (Role, string) {
	switch {
	case w.Statistic && opt.Params == nil:
		return RoleStatistic, w.Reason
	case p.stop != nil:
		return RoleConstant, fmt.Sprintf("its gradient ends at %v", p.stop)
	case !reached:
		return RoleConstant, "no differentiable path leads from it to the loss"
	case p.mask:
		return RoleConstant, "a mask: its least element is far below zero, none is far above"
	case opt.Freeze != nil && p.named(opt.Freeze):
		return RoleConstant, frozen
	case opt.Params != nil && !p.named(opt.Params):
		return RoleConstant, notNamed
	case w.Literal && p.spread.uniform() && opt.Params == nil:
		return RoleConstant, "a Constant node whose elements are all equal: written by the exporter, not trained"
	case w.Node.Rank() < 2:
		return RoleParameter, "one axis: in the quotient, not rescaled"
	case p.Norm == 0:
		return RoleParameter, zeroNorm
	}
	return RoleWeight, fmt.Sprintf("%d axes and a path to the loss", w.Node.Rank())
}

// zeroNorm is the reason of what would be a weight if it had a norm.
const zeroNorm = "all elements are zero: there is no norm to tune"

// load looks at the elements and refuses those that are not finite, or would not be what they are in the precision, unless
// they are a mask's, by which no product multiplies.
func (p *Parameter) load(precision autodiff.Precision, factor bool) error {
	p.spread = newSpread()
	var norm onnxio.Norm
	err := p.Tensor.Blocks(func(block []float64) error {
		p.spread.add(block)
		norm.Add(block)
		return nil
	})
	p.Norm = norm.Value()
	p.mask = !factor && p.spread.masks()
	switch {
	case err != nil:
		return err
	case p.mask:
		return nil
	case !allFinite(p.Norm):
		return &NotFiniteError{p.Name}
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
