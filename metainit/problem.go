package metainit

import (
	"cmp"
	"context"
	"errors"
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
	losses     []*loss
	loss       *autodiff.Node   // their sum
	sources    []source         // of the inputs and the targets
	fillings   []Filling        // of the inputs
	parameters []*Parameter     // all float tensors that the model uses
	counted    []*Parameter     // those in the quotient, in the same order
	unused     []*onnxio.Tensor // float initializers that no output needs
	gradient   *gradientCheck   // once it is computed
	samples    *autodiff.Node   // of a dataset: 1 for each sample of a batch, 0 where there is none
	plans      []plannedProgram // of what is to be compiled
	hasPlanned bool             // and kept no plan
}

// New builds the problem of a model, which must stay open while it is used.
//
// Errors name the input, tensor or node that does not fit; unsupported
// operators are a *lower.UnsupportedError that lists all of them. It is
// ErrNothingToTune if no tensor with axes has a differentiable path to the loss,
// and ErrNotFinite if a weight holds NaN.
func New(m *onnxio.Model, opt Options) (*Problem, error) {
	p, err := build(m, opt)
	if err != nil {
		return nil, withBatchHint(m, opt, err)
	}
	return p, nil
}

// withBatchHint adds to an error that a batch of 1 works, if it does: exports may fix it in a Reshape while the inputs leave it
// free.
func withBatchHint(m *onnxio.Model, opt Options, err error) error {
	var node *lower.NodeError
	if opt.Batch == 1 || !errors.As(err, &node) {
		return err
	}
	opt.Batch = 1
	if _, failed := build(m, opt); failed != nil {
		return err
	}
	return fmt.Errorf("%w; the model may be made for a batch of 1: try %s", err, opt.Naming.Of("Batch", "", "1"))
}

// build is New, but returns with an error as much of the problem as there is: nil without a graph, with one at least the roles.
func build(m *onnxio.Model, opt Options) (_ *Problem, err error) {
	defer autodiff.Caught(&err)
	samples := 0
	if opt.Data != nil {
		if opt, samples, err = opt.Data.first(m, opt); err != nil {
			return nil, err
		}
	}
	given, err := givenInputs(m, opt)
	if err != nil {
		return nil, err
	}
	lowered, err := lower.Import(m, given.lowering(opt))
	if err != nil {
		return nil, cmp.Or(given.check(m), err)
	}
	p := &Problem{model: m, lowered: lowered, opt: opt, unused: lowered.Unused}
	if opt.Data != nil {
		p.addSamples(lowered.Graph, samples)
	}
	err = p.addLosses()
	p.addRoles()
	if err != nil {
		return p, err
	}
	if err := p.addInputs(given.data); err != nil {
		return p, err
	}
	for _, l := range p.losses {
		p.sources = append(p.sources, l.sources...)
	}
	if opt.Data != nil {
		err = p.checkSamples(opt.Data)
	}
	if opt.TestData != nil && err == nil {
		if err = p.checkSamples(opt.TestData); err != nil {
			err = fmt.Errorf("test data: %w", err)
		}
	}
	return p, cmp.Or(err, p.check())
}

// addRoles decides what each tensor is to the loss; to the outputs, if there is no loss.
func (p *Problem) addRoles() {
	var goal *autodiff.Node
	if p.loss != nil {
		goal = p.whole()
	} else {
		goal = p.lowered.Graph.Scalar(0)
		for _, out := range p.lowered.Outputs {
			goal = autodiff.Add(goal, autodiff.SumAll(out.Node))
		}
	}
	p.parameters = roles(p.lowered, p.model, goal, p.opt)
	for _, par := range p.parameters {
		if par.counted() {
			p.counted = append(p.counted, par)
		}
	}
}

// check returns why the problem cannot be measured.
func (p *Problem) check() error {
	if err := p.unmatched(); err != nil {
		return err
	}
	for _, par := range p.parameters {
		if par.err != nil {
			return par.err
		}
	}
	if len(p.counted) == 0 || len(p.opt.Outputs) == 0 && p.lowered.Outputs[0].Node.Op() == autodiff.OpVariable {
		return p.nothingToMeasure()
	}
	return nil
}

// Parameters returns the float tensors that the model computes with, in the
// order of the file, with their roles.
func (p *Problem) Parameters() []Parameter {
	list := make([]Parameter, len(p.parameters))
	for i, par := range p.parameters {
		list[i] = *par
	}
	return list
}

// Forward computes the output that the loss is taken of, the first one if there
// are several, on the first batch, in the working precision.
func (p *Problem) Forward() (_ *Array, err error) {
	defer autodiff.Caught(&err)
	out := p.lowered.Outputs[0].Node
	prog, err := p.first(p.opt.Precision, []*autodiff.Node{out})
	if err != nil {
		return nil, err
	}
	defer prog.Close()
	return &Array{Shape: slices.Clone(out.Shape()), Data: prog.Read(out)}, nil
}

// known returns the parameters by tensor, for other problems of the model.
func (p *Problem) known() map[*onnxio.Tensor]*Parameter {
	known := make(map[*onnxio.Tensor]*Parameter)
	for _, par := range p.parameters {
		known[par.Tensor] = par
	}
	return known
}

// Until sets the context of all methods that take none of their own, and of what is read from the model or saved of it: once it
// is done they end with an error that wraps its own. With nil nothing ends them. It returns the context that was set before.
func (p *Problem) Until(ctx context.Context) (before context.Context) {
	p.model.Until(ctx)
	return p.lowered.Graph.Until(ctx)
}

// first computes nodes on the first batch, of the weights as the file has them.
func (p *Problem) first(precision autodiff.Precision, nodes []*autodiff.Node) (*autodiff.Program, error) {
	prog, err := p.compile(precision, nodes)
	if err != nil {
		return nil, err
	}
	if err = p.writeParameters(prog); err == nil {
		writeBatch(prog, p.sources, p.opt.Seed, 0)
		err = prog.Run()
	}
	if err != nil {
		prog.Close()
		return nil, err
	}
	return prog, nil
}

// writeParameters puts all weights into a program.
func (p *Problem) writeParameters(prog *autodiff.Program) error {
	return p.writeAll(prog, p.parameters)
}

// writeAll puts weights into a program: the file's, or others in their place.
func (p *Problem) writeAll(prog *autodiff.Program, list []*Parameter) error {
	return inParallel(p.opt.Threads, len(list), func(i int) error { return list[i].write(prog) })
}

// fixed reports whether nothing is noise, so that every batch is the same.
func (p *Problem) fixed() bool {
	return !slices.ContainsFunc(p.sources, func(s source) bool { return s.fixed == nil && !s.same })
}

// quotient builds the quotient's graph.
func (p *Problem) quotient() *quotient { return p.quotientOf(p.loss) }

// quotientOf builds the graph of the quotient of a loss.
func (p *Problem) quotientOf(loss *autodiff.Node) *quotient {
	var theta []*autodiff.Node
	for _, par := range p.counted {
		theta = append(theta, par.node)
	}
	return newQuotient(loss, theta, p.opt)
}

// rescaled returns the parameters that a run can put factors on: the tensors of a Result.
func (p *Problem) rescaled() []*Parameter {
	return slices.DeleteFunc(slices.Clone(p.counted), func(par *Parameter) bool { return !par.rescaled() })
}

// tunable marks the counted parameters that a run can put factors on.
func (p *Problem) tunable() []bool {
	marks := make([]bool, len(p.counted))
	for j, par := range p.counted {
		marks[j] = par.rescaled()
	}
	return marks
}
