package metainit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"onnx-metainit/autodiff"
)

const (
	heldOut    = 4               // batches of noise that candidates are judged on
	judgeEvery = 10              // steps between judgements
	maxFactor  = 1024            // a factor that far from where it began has no end
	firstStep  = uint64(1) << 32 // numbers the batches of the steps, apart from the held-out ones
)

// Tune lowers the quotient by changing the norms of the weights. It does not
// write anything: Scalings says what to write.
//
// The error is ErrNothingToTune if no weight can be rescaled, ErrNoGradient if the gradient is zero, ErrNotFinite if the quotient
// is not finite at the given weights (with Paper: at any step), ErrUnbounded if the quotient falls for ever as some norm changes,
// and that of the context if it ends first.
func (p *Problem) Tune(ctx context.Context, opt TuneOptions) (_ *Result, err error) {
	defer autodiff.Caught(&err)
	r, err := p.tune(ctx, opt, nil)
	if err != nil {
		return nil, err
	}
	p.describe(r, RaceOptions{Candidates: []Candidate{opt.candidate()}, Tune: opt})
	return r, nil
}

// tune is Tune from weights times some factors, by counted parameter (nil: 1). The factors of the result are those of the file's
// weights; its readings before, and Improved, refer to where it started.
func (p *Problem) tune(ctx context.Context, opt TuneOptions, start []float64) (*Result, error) {
	defer p.Until(p.Until(ctx))
	if !slices.Contains(p.tunable(), true) {
		return nil, p.nothingToRescale()
	}
	planned, err := p.planEngine(!opt.Paper, p.tunable())
	if err != nil {
		return nil, err
	}
	if err := p.announce(quotientStep, planned.prog); err != nil {
		return nil, err
	}
	warnings, err := p.checkGradient()
	if err != nil {
		return nil, err
	}
	for _, warning := range warnings {
		if opt.Warn != nil {
			opt.Warn(warning)
		}
	}
	e, err := p.newEngine(!opt.Paper, p.tunable())
	if err != nil {
		return nil, err
	}
	defer e.prog.Close()
	defer p.putBack()
	t := &tuning{engine: e, opt: opt, judges: p.judges(), start: make([]float64, len(p.counted))}
	if t.past = opt.journal.tuning(opt.candidate()); t.past != nil {
		t.known = len(t.past.Steps)
	}
	if opt.finish && t.known == 0 {
		return nil, errors.New("it was interrupted before its first step")
	}
	if start != nil {
		e.setFactors(start)
		for j, f := range start {
			t.start[j] = math.Log(f)
		}
	}
	before, err := e.judge(t.judges)
	if err != nil {
		return nil, err
	}
	if !allFinite(before.loss, before.gq, before.lgq) {
		name, quotient := before.quotient()
		return nil, p.notFinite(p.figures(before.loss, name, quotient, nil), t.judges[0], !opt.Paper)
	}
	t.result = &Result{GQBefore: before.gq, LGQBefore: before.lgq, Steps: opt.steps()}
	if opt.Paper {
		if err = t.paper(ctx); err == nil {
			err = t.finish(before)
		}
	} else {
		err = t.robust(ctx, before)
	}
	if err != nil {
		return nil, err
	}
	if slices.Sort(t.times); len(t.times) > 0 {
		t.result.StepMS = float64(t.times[len(t.times)/2].Microseconds()) / 1000
	}
	t.result.addTensors(p)
	return t.result, nil
}

// judges returns the held-out batches.
func (p *Problem) judges() []uint64 {
	if p.fixed() {
		return []uint64{0}
	}
	var list []uint64
	for k := range uint64(heldOut) {
		list = append(list, k)
	}
	return list
}

// tuning is the state of a run. The factors themselves stand in the problem's
// parameters.
type tuning struct {
	*engine
	opt    TuneOptions
	start  []float64 // logarithms of the factors
	judges []uint64  // the held-out batches
	result *Result
	times  []time.Duration
	past   *journalSteps // nil if there is no journal
	known  int           // steps that were in it at first
}

// fresh measures the loss, the objective and its slopes on the batch of a step. Of those in the journal the slopes have the
// right signs.
func (t *tuning) fresh(ctx context.Context, step int) (loss, objective float64, slopes []float64, err error) {
	if err := ctx.Err(); err != nil {
		return 0, 0, nil, err
	}
	if step <= t.known {
		objective, slopes = t.past.Steps[step-1].read()
		if slopes != nil && len(slopes) != len(t.p.counted) {
			return 0, 0, nil, fmt.Errorf("the journal has %d signs in step %d, expected %d: start again", len(slopes), step, len(t.p.counted))
		}
		return objective, objective, slopes, nil
	}
	loss, objective, slopes, err = t.step(firstStep + uint64(step))
	if err == nil && t.past != nil {
		t.opt.journal.add(func() { t.past.Steps = append(t.past.Steps, newJournalStep(loss, objective, slopes)) })
	}
	return loss, objective, slopes, err
}

// ends reports whether a step is the last.
func (t *tuning) ends(step int) bool {
	return step == t.opt.steps() || t.opt.finish && step >= t.known
}

// timed ends the time of a step: its batch is drawn, and its weights are scaled.
func (t *tuning) timed(step int, start time.Time) {
	if step > t.known {
		t.times = append(t.times, time.Since(start))
	}
}

// judged is the reading on the held-out batches after a step.
func (t *tuning) judged(step int) (reading, error) {
	if t.past == nil {
		return t.judge(t.judges)
	}
	for _, j := range t.past.Judgements {
		if j.Step == step {
			return reading{j.Loss, j.GQ, j.LGQ}, nil
		}
	}
	r, err := t.judge(t.judges)
	if err == nil && allFinite(r.loss, r.gq, r.lgq) {
		t.opt.journal.add(func() { t.past.Judgements = append(t.past.Judgements, journalJudgement{step, r.loss, r.gq, r.lgq}) })
	}
	return r, err
}

func (t *tuning) record(step int, objective float64) {
	t.result.Trace = append(t.result.Trace, objective)
	if t.opt.Progress != nil {
		t.opt.Progress(Progress{step, t.opt.steps(), objective})
	}
}

// note adds a judgement: what the quotient is after a step, if it is finite.
func (t *tuning) note(step int, r reading) {
	if allFinite(r.loss, r.gq, r.lgq) {
		t.result.Judgements = append(t.result.Judgements, Judgement{step, r.lgq})
	}
}

// paper is the algorithm of the paper (section 3): for every weight tensor
//
//	v ← μ v − λ sign(∂GQ/∂‖W‖),  ‖W‖ ← ‖W‖ + v
//
// A norm that steps through zero turns the weights around, as scaling them by
// (‖W‖+v)/‖W‖ does. It grows no further than the files can hold the weights.
func (t *tuning) paper(ctx context.Context) error {
	velocity, factors := make([]float64, len(t.p.counted)), make([]float64, len(t.p.counted))
	for step := 1; step == 1 || !t.ends(step-1); step++ {
		start := time.Now()
		loss, gq, slopes, err := t.fresh(ctx, step)
		if err != nil {
			return err
		}
		if !allFinite(loss, gq) || !allFinite(slopes...) {
			return fmt.Errorf("step %d: %s: %w; use a lower %s, or leave out %s",
				step, t.p.figures(loss, "gradient quotient", gq, slopes), ErrNotFinite, t.p.opt.called("Rate"), t.p.opt.called("Paper"))
		}
		for j, par := range t.p.counted {
			factors[j] = par.factor
			if !par.rescaled() {
				continue
			}
			velocity[j] = t.opt.momentum()*velocity[j] - t.opt.rate()*sign(slopes[j])
			norm := math.Abs(par.factor) * par.Norm
			factors[j] = par.held(factors[j] * (norm + velocity[j]) / norm)
		}
		t.setFactors(factors)
		t.timed(step, start)
		t.record(step, gq)
		t.result.BestStep = step
	}
	return nil
}

// robust lowers the log quotient by steps on the logarithm s of the factors:
//
//	u ← μ u − (1−μ) sign(∂LGQ/∂s),  s ← s + λ_t u,  λ_t falling linearly to 0
//
// Every few steps the quotient is judged on the held-out batches; the best
// factors seen there are the result. A step after which the quotient is not
// finite is undone, and the following ones are half as long. No factor grows
// further than the files can hold the weights.
func (t *tuning) robust(ctx context.Context, before reading) error {
	steps, mu := t.opt.steps(), t.opt.momentum()
	u, s, last, best := make([]float64, len(t.start)), slices.Clone(t.start), slices.Clone(t.start), slices.Clone(t.start)
	lowest, shrink := before, 1.0
	t.note(0, before)
	for step := 1; step == 1 || !t.ends(step-1); step++ {
		start := time.Now()
		loss, lgq, slopes, err := t.fresh(ctx, step)
		if err != nil {
			return err
		}
		if !allFinite(loss, lgq) || !allFinite(slopes...) {
			if step == 1 {
				return t.p.notFinite(t.p.figures(loss, "log quotient", lgq, slopes), firstStep+1, true)
			}
			copy(s, last)
			clear(u)
			shrink /= 2
			t.result.Undone++
			t.setLogs(s)
			t.timed(step, start)
			continue
		}
		copy(last, s)
		rate := t.opt.rate() * shrink * (1 - float64(step-1)/float64(steps))
		for j, par := range t.p.counted {
			if par.Role == RoleWeight { // the quotient of scale-invariant ones falls for ever as they grow
				u[j] = mu*u[j] - (1-mu)*sign(slopes[j])
				s[j] = min(s[j]+rate*u[j], math.Log(par.mostFactor()))
				if math.Abs(s[j]-t.start[j]) > math.Log(maxFactor) {
					return fmt.Errorf("step %d: the norm of %q is %d times what it was, or a part of that, and the log quotient still falls: %w; leave it out (%s), or give a lower %s",
						step, par.Name, maxFactor, ErrUnbounded, t.p.opt.called("Freeze"), t.p.opt.called("Rate"))
				}
			}
		}
		t.setLogs(s)
		t.timed(step, start)
		t.record(step, lgq)
		if step%judgeEvery == 0 || t.ends(step) {
			r, err := t.judged(step)
			if err != nil {
				return err
			}
			t.note(step, r)
			if allFinite(r.loss, r.gq, r.lgq) && r.lgq < lowest.lgq {
				lowest, t.result.BestStep = r, step
				copy(best, s)
			}
		}
	}
	t.setLogs(best)
	t.result.GQAfter, t.result.LGQAfter = lowest.gq, lowest.lgq
	t.result.Improved = t.result.BestStep > 0
	return nil
}

// setLogs sets the factors whose logarithms these are.
func (t *tuning) setLogs(logs []float64) {
	factors := make([]float64, len(logs))
	for j, log := range logs {
		factors[j] = math.Exp(log)
	}
	t.setFactors(factors)
}

// finish judges what the paper's algorithm came to.
func (t *tuning) finish(before reading) error {
	after, err := t.judge(t.judges)
	if err != nil {
		return err
	}
	if !allFinite(after.loss, after.gq, after.lgq) {
		name, quotient := after.quotient()
		return fmt.Errorf("after the last step %s: %w", t.p.figures(after.loss, name, quotient, nil), ErrNotFinite)
	}
	t.result.GQAfter, t.result.LGQAfter, t.result.Improved = after.gq, after.lgq, after.gq < before.gq
	return nil
}

func sign(v float64) float64 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}
