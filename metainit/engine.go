package metainit

import (
	"slices"

	"onnx-metainit/autodiff"
)

// engine is the compiled quotient of a problem.
type engine struct {
	p      *Problem
	q      *quotient
	prog   *autodiff.Program
	sums   []*autodiff.Node // for each parameter, of the objective: GQ or LGQ
	slopes []*autodiff.Node // of the objective; nil where the norm is not tuned

	// What is run: to say what the quotient is, and for a step.
	judged, stepped []*autodiff.Node

	factors []float64 // of the weights as they stand in prog, by parameter
}

// reading is what the quotient is on one batch.
type reading struct{ loss, gq, lgq float64 }

// newEngine compiles the quotient, and of the wanted parameters the slopes: of GQ, or of LGQ.
func (p *Problem) newEngine(logarithmic bool, wanted []bool) (*engine, error) {
	e, err := p.planEngine(logarithmic, wanted)
	if err != nil {
		return nil, err
	}
	if e.prog, err = p.compile(p.opt.Precision, e.outputs()); err != nil {
		return nil, err
	}
	if err := p.writeParameters(e.prog); err != nil {
		e.prog.Close()
		return nil, err
	}
	e.factors = make([]float64, len(p.counted))
	for j, par := range p.counted {
		e.factors[j] = par.factor
	}
	return e, nil
}

// planEngine plans what newEngine compiles.
func (p *Problem) planEngine(logarithmic bool, wanted []bool) (*engine, error) {
	e := &engine{p: p}
	err := autodiff.Maybe(func() {
		e.q = p.quotient()
		if slices.Contains(wanted, true) {
			e.slopes = e.q.slopes(logarithmic, wanted)
		}
		e.q.settle(e.slopes)
	})
	if err != nil {
		return nil, err
	}
	e.judged = e.q.outputs()
	e.sums = e.q.sums
	if logarithmic {
		e.sums = e.q.logSums
	}
	e.stepped = slices.Concat(e.sums, []*autodiff.Node{e.q.loss}, e.wanted())
	e.prog, err = p.planned(p.opt.Precision, e.outputs())
	return e, err
}

// wanted are the slopes that there are.
func (e *engine) wanted() []*autodiff.Node {
	return slices.DeleteFunc(slices.Clone(e.slopes), func(s *autodiff.Node) bool { return s == nil })
}

func (e *engine) outputs() []*autodiff.Node { return append(slices.Clone(e.judged), e.wanted()...) }

// setFactors makes the weights of each parameter those of the file times its factor.
func (e *engine) setFactors(factors []float64) {
	_ = inParallel(e.p.opt.Threads, len(factors), func(j int) error { // setFactor has no errors
		e.setFactor(j, factors[j])
		return nil
	})
}

// setFactor makes the weights of parameter j those of the file times a factor.
func (e *engine) setFactor(j int, factor float64) {
	par := e.p.counted[j]
	if par.factor = factor; e.factors[j] != factor {
		e.prog.Scale(par.node, factor/e.factors[j])
		e.factors[j] = factor
	}
}

// run computes outputs on batch k, all if none are given.
func (e *engine) run(k uint64, outputs ...*autodiff.Node) error {
	writeBatch(e.prog, e.p.sources, e.p.opt.Seed, k)
	return e.prog.Run(outputs...)
}

// step computes on batch k what a step needs: the loss, the objective and its slopes, one for all weights that the file stores
// as one tensor.
func (e *engine) step(k uint64) (loss, objective float64, slopes []float64, err error) {
	if loss, objective, slopes, err = e.measured(k); err == nil {
		addShared(e.p.counted, slopes)
	}
	return loss, objective, slopes, err
}

// measured computes on batch k the loss, the objective and its slopes.
func (e *engine) measured(k uint64) (loss, objective float64, slopes []float64, err error) {
	if err := e.run(k, e.stepped...); err != nil {
		return 0, 0, nil, err
	}
	return e.prog.Read(e.q.loss)[0], e.mean(e.sums), e.readSlopes(), nil
}

// judge averages the quotient over the given batches.
func (e *engine) judge(batches []uint64) (reading, error) {
	var mean reading
	for _, k := range batches {
		if err := e.run(k, e.judged...); err != nil {
			return mean, err
		}
		r, n := e.read(), float64(len(batches))
		mean.loss += r.loss / n
		mean.gq += r.gq / n
		mean.lgq += r.lgq / n
	}
	return mean, nil
}

func (e *engine) read() reading {
	return reading{e.prog.Read(e.q.loss)[0], e.mean(e.q.sums), e.mean(e.q.logSums)}
}

// mean is the mean over all parameters whose sums these are.
func (e *engine) mean(sums []*autodiff.Node) float64 {
	total := 0.0
	for _, n := range sums {
		total += e.prog.Read(n)[0]
	}
	return total / e.q.count
}

func (e *engine) readSlopes() []float64 {
	slopes := make([]float64, len(e.slopes))
	for j, s := range e.slopes {
		if s != nil {
			slopes[j] = e.prog.Read(s)[0]
		}
	}
	return slopes
}
