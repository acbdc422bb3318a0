package metainit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"onnx-metainit/autodiff"
)

// Initialize finds norms for the weights with which the model trains better: candidates are trained for a while, and the best
// is the result if it is clearly better than the model as it is, else that. With one candidate there is no trial: it is the
// result. It does not write anything: Scalings says what to write.
//
// An interrupted run goes on, or makes the best of what there is, with RaceOptions.Journal.
//
// The errors are those of Tune, but for a gradient that is zero if a candidate learns all the same, and that of a model for
// which no task can be made.
func (p *Problem) Initialize(ctx context.Context, opt RaceOptions) (_ *Result, err error) {
	defer autodiff.Caught(&err)
	defer p.Until(p.Until(ctx))
	if !slices.Contains(p.tunable(), true) {
		return nil, p.nothingToRescale()
	}
	if opt.Finish && opt.Journal == nil {
		return nil, errors.New("there is no journal to finish")
	}
	if opt.Journal == nil { // one for this run alone, so that no trial is made twice
		opt.Journal = &Journal{data: journalData{Tunings: make(map[Candidate]*journalSteps)}}
	} else if err := opt.Journal.begin(p, opt); err != nil {
		return nil, err
	}
	opt.Tune.journal, opt.Tune.finish = opt.Journal, opt.Finish
	if c := opt.candidates(); len(c) == 1 {
		opt.begins("making the candidate")
		factors, result, err := p.candidate(ctx, c[0], opt.Tune)
		if err != nil || result != nil {
			return result, err
		}
		if err := p.unheld(factors); err != nil {
			return nil, fmt.Errorf("%s: %w; name another candidate", c[0], err)
		}
		opt.begins("judging")
		r, err := p.outcome(factors)
		if err == nil {
			p.describe(r, opt)
		}
		return r, err
	}
	opt.begins("checking the gradient")
	warnings, noGradient := p.checkGradient()
	for _, warning := range warnings {
		if opt.Tune.Warn != nil {
			opt.Tune.Warn(warning)
		}
	}
	if _, err := p.memoryWithout(opt); err != nil {
		return nil, err
	}
	opt.Tune.Warn = nil // of each candidate that asks, the same
	opt.decides = true
	race, err := p.Race(ctx, opt)
	if err != nil {
		return nil, err
	}
	if race.best().Progress == 0 && noGradient != nil {
		return nil, noGradient
	}
	factors := race.result()
	opt.begins("judging")
	r, err := p.outcome(factors)
	if err != nil {
		return nil, err
	}
	r.Race, r.Improved = race, slices.ContainsFunc(factors, rescales)
	p.describe(r, opt)
	if t := race.tuned; t != nil {
		r.Steps, r.StepMS, r.Trace, r.BestStep, r.Undone = t.Steps, t.StepMS, t.Trace, t.BestStep, t.Undone
		r.Judgements = t.Judgements
	}
	return r, nil
}

// outcome measures the quotient with some factors, by counted parameter.
func (p *Problem) outcome(factors []float64) (*Result, error) {
	e, err := p.newEngine(true, nil)
	if err != nil {
		return nil, err
	}
	defer e.prog.Close()
	defer p.putBack()
	before, err := e.judge(p.judges())
	if err != nil {
		return nil, err
	}
	after := before
	if slices.ContainsFunc(factors, rescales) {
		e.setFactors(factors)
		if after, err = e.judge(p.judges()); err != nil {
			return nil, err
		}
	}
	for _, r := range []reading{before, after} {
		if !allFinite(r.loss, r.gq, r.lgq) {
			name, quotient := r.quotient()
			return nil, p.notFinite(p.figures(r.loss, name, quotient, nil), 0, true)
		}
	}
	r := &Result{GQBefore: before.gq, GQAfter: after.gq, LGQBefore: before.lgq, LGQAfter: after.lgq, Trace: []float64{}, Improved: true}
	r.addTensors(p)
	return r, nil
}

func rescales(factor float64) bool { return factor != 1 }

// addTensors notes the factors and norms of the weights.
func (r *Result) addTensors(p *Problem) {
	users := p.users()
	for _, par := range p.counted {
		if par.rescaled() {
			user := users[par.node]
			r.Tensors = append(r.Tensors, TunedTensor{Name: par.Name, Shape: par.Shape, Role: par.Role, Operator: user.operator, Position: user.position,
				Factor: par.factor, NormBefore: par.Norm, NormAfter: math.Abs(par.factor) * par.Norm})
		}
	}
}

// putBack makes the weights those of the file again.
func (p *Problem) putBack() {
	for _, par := range p.counted {
		par.factor = 1
	}
}
