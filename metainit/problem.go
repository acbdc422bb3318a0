package metainit

import (
	"fmt"
	"slices"

	"onnx-metainit/autodiff"
	"onnx-metainit/autodiff/lower"
	"onnx-metainit/onnxio"
)

// Problem is a model with a loss, inputs and parameters: all that the quotient
// is computed of. It is not safe for concurrent use.
type Problem struct {
	model      *onnxio.Model
	lowered    *lower.Model
	opt        Options
	loss       *loss
	sources    []source     // of the inputs and the target
	parameters []*Parameter // all float tensors that the model uses
	counted    []*Parameter // those in the quotient, in the same order
	unused     []*onnxio.Tensor
}

// New builds the problem of a model, which must stay open while it is used.
//
// Errors name the input, tensor or node that does not fit; unsupported
// operators are a *lower.UnsupportedError that lists all of them. It is
// ErrNothingToTune if no tensor with axes has a differentiable path to the loss,
// and ErrNotFinite if a weight holds NaN.
func New(m *onnxio.Model, opt Options) (*Problem, error) {
	shapes, known, err := inputShapes(m, opt)
	if err != nil {
		return nil, err
	}
	lowered, err := lower.Import(m, lower.Options{Shapes: shapes, Batch: opt.Batch, Known: known, Output: opt.Output})
	if err != nil {
		return nil, err
	}
	p := &Problem{model: m, lowered: lowered, opt: opt, unused: lowered.Unused}
	if err := autodiff.Maybe(func() { p.loss, err = newLoss(lowered, opt) }); err != nil {
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	if err := p.addSources(opt); err != nil {
		return nil, err
	}
	if p.parameters, err = roles(lowered, names(m), p.loss.node, opt); err != nil {
		return nil, err
	}
	for _, par := range p.parameters {
		if par.counted() {
			p.counted = append(p.counted, par)
		}
	}
	if len(p.counted) == 0 {
		advice := ""
		if !storesWeights(m) {
			advice = "; the file stores no weights: if they are inputs, export the model with them (PyTorch: export_params=True)"
		}
		return nil, fmt.Errorf("no float weight has a differentiable path to the output %q (%d float tensors looked at%s): %w",
			lowered.Output.Name, len(p.parameters)+len(p.unused), advice, ErrNothingToTune)
	}
	return p, nil
}

// addSources finds where the values of each input and of the target come from.
func (p *Problem) addSources(opt Options) error {
	for _, in := range p.lowered.Inputs {
		if _, static := in.Node.Value(); static {
			continue
		}
		given := opt.Inputs[in.Name]
		if given == nil && len(p.lowered.Inputs) == 1 {
			given = opt.Inputs[""]
		}
		s, err := inputSource(in, given)
		if err != nil {
			return err
		}
		p.sources = append(p.sources, s)
	}
	if p.loss.target == nil {
		if opt.Target != nil {
			return fmt.Errorf("a target was given, but the loss (%s) needs none", p.loss.kind)
		}
		return nil
	}
	s, err := targetSource(p.loss, opt.Target)
	p.sources = append(p.sources, s)
	return err
}

// Loss returns the loss and why it was chosen.
func (p *Problem) Loss() (kind Loss, reason string) { return p.loss.kind, p.loss.reason }

// Parameters returns the float tensors that the model computes with, in the
// order of the file, with their roles.
func (p *Problem) Parameters() []Parameter {
	list := make([]Parameter, len(p.parameters))
	for i, par := range p.parameters {
		list[i] = *par
	}
	return list
}

// Forward computes the model's output on the first batch, in the working
// precision.
func (p *Problem) Forward() (*Array, error) {
	out := p.lowered.Output.Node
	prog, err := p.compile([]*autodiff.Node{out})
	if err != nil {
		return nil, err
	}
	defer prog.Close()
	if err := p.writeParameters(prog); err != nil {
		return nil, err
	}
	writeBatch(prog, p.sources, p.opt.Seed, 0)
	if err := prog.Run(); err != nil {
		return nil, err
	}
	return &Array{Shape: slices.Clone(out.Shape()), Data: prog.Read(out)}, nil
}

func (p *Problem) compile(outputs []*autodiff.Node) (*autodiff.Program, error) {
	return autodiff.Compile(outputs, p.programOptions())
}

func (p *Problem) programOptions() autodiff.Options {
	return autodiff.Options{Precision: p.opt.Precision, Threads: p.opt.Threads, MemoryLimit: p.opt.MemoryLimit}
}

// writeParameters puts all weights into a program.
func (p *Problem) writeParameters(prog *autodiff.Program) error {
	return inParallel(p.opt.Threads, len(p.parameters), func(i int) error { return p.parameters[i].write(prog) })
}

// fixed reports whether all data is given, so that every batch is the same.
func (p *Problem) fixed() bool {
	return !slices.ContainsFunc(p.sources, func(s source) bool { return s.fixed == nil })
}

// quotient builds the quotient's graph.
func (p *Problem) quotient() *quotient {
	var theta []*autodiff.Node
	for _, par := range p.counted {
		theta = append(theta, par.node)
	}
	return newQuotient(p.loss.node, theta, p.opt.epsilon(), p.opt.trainLR())
}

// tuned returns the parameters whose norms are tuned: the tensors of a Result.
func (p *Problem) tuned() []*Parameter {
	return slices.DeleteFunc(slices.Clone(p.counted), func(par *Parameter) bool { return !par.tuned() })
}

// tunable marks the counted parameters whose norms are tuned.
func (p *Problem) tunable() []bool {
	marks := make([]bool, len(p.counted))
	for j, par := range p.counted {
		marks[j] = par.tuned()
	}
	return marks
}
