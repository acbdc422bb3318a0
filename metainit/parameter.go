package metainit

import (
	"fmt"
	"math"

	"onnx-metainit/autodiff"
	"onnx-metainit/autodiff/lower"
	"onnx-metainit/onnxio"
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
	reached bool           // a differentiable path leads from it to the loss
	stop    *lower.Lowered // where the derivatives by it end, if they do on the way to the loss
	err     error          // why it cannot be computed with: it cannot be read, holds NaN
	mask    bool           // it closes places to a softmax
	filling bool           // NaN or an infinity throughout, where a result is undefined
	angles  string         // what it is if it holds angles
	names   []string       // those that it is used by, if they tell what was merged
	modules []string       // those that multiply by it, if the file tells
	factor  float64        // what the elements are multiplied by at present

	elsewhere []*Correspondence // what holds it in other files, and is to be rescaled too
}

// load looks at the elements and refuses those that are not finite, or would not be what they are in the precision, unless
// they are a mask's or a filling's, by which no product multiplies.
func (p *Parameter) load(w *lower.Weight, opt Options) error {
	err := p.read(w, opt.known)
	p.mask = w.Kinds&lower.Factor == 0 && w.Kinds != lower.Affine && p.spread.masks()
	p.filling = w.Kinds&lower.Factor == 0 && p.Tensor.Size() > 0 && !p.spread.numbers
	switch {
	case err != nil:
		return err
	case p.mask, p.filling:
		return nil
	case !allFinite(p.Norm):
		return &NotFiniteTensorError{p.Name}
	case opt.Precision == autodiff.Float32 && p.Norm != 0 && (p.Norm > math.MaxFloat32 || p.Norm < 0x1p-126):
		return fmt.Errorf("tensor %q of type %s has norm %.4g, which is beyond float32: use %s",
			p.Name, p.DType, p.Norm, opt.Naming.Of("Precision", "", "float64"))
	}
	return nil
}

// read looks at the elements, unless it is known of another problem of the model what they are.
func (p *Parameter) read(w *lower.Weight, known map[*onnxio.Tensor]*Parameter) error {
	if k := known[p.Tensor]; k != nil && k.Name == p.Name && k.err == nil {
		p.Norm, p.spread, p.angles = k.Norm, k.spread, k.angles
		return nil
	}
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
	return err
}

// rescaled reports whether a run can put a factor on it.
func (p *Parameter) rescaled() bool { return p.Role == RoleWeight || p.Role == RoleScaleInvariant }

// counted reports whether the elements are in the quotient.
func (p *Parameter) counted() bool { return p.rescaled() || p.Role == RoleParameter }

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
