package metainit

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"onnx-metainit/onnxio"
)

const (
	heldOut    = 4               // batches of noise that candidates are judged on
	judgeEvery = 10              // steps between judgements
	maxFactor  = 64              // factors stay within 1/maxFactor … maxFactor
	firstStep  = uint64(1) << 32 // numbers the batches of the steps, apart from the held-out ones
)

// Tune lowers the quotient by changing the norms of the weights. It does not
// write anything: Scalings says what to write.
//
// The error is ErrNothingToTune if no weight can be rescaled, ErrNoGradient if
// the gradient is zero, ErrNotFinite if
// the quotient is not finite at the given weights (with Paper: at any step), and
// that of the context if it ends first.
func (p *Problem) Tune(ctx context.Context, opt TuneOptions) (*Result, error) {
	if !slices.Contains(p.tunable(), true) {
		return nil, p.nothingToRescale()
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
	t := &tuning{engine: e, opt: opt, judges: p.judges()}
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
		err = t.paper(ctx)
	} else {
		err = t.robust(ctx, before)
	}
	if err != nil {
		return nil, err
	}
	return t.finish(before)
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
	judges []uint64 // the held-out batches
	result *Result
	times  []time.Duration
}

// fresh measures the loss, the objective and its slopes on the batch of a step.
func (t *tuning) fresh(ctx context.Context, step int) (loss, objective float64, slopes []float64, err error) {
	if err := ctx.Err(); err != nil {
		return 0, 0, nil, err
	}
	return t.step(firstStep + uint64(step))
}

// timed ends the time of a step: its batch is drawn, and its weights are scaled.
func (t *tuning) timed(start time.Time) { t.times = append(t.times, time.Since(start)) }

func (t *tuning) record(step int, objective float64) {
	t.result.Trace = append(t.result.Trace, objective)
	if t.opt.Progress != nil {
		t.opt.Progress(Progress{step, t.opt.steps(), objective})
	}
}

// paper is the algorithm of the paper (section 3): for every weight tensor
//
//	v ← μ v − λ sign(∂GQ/∂‖W‖),  ‖W‖ ← ‖W‖ + v
//
// A norm that steps through zero turns the weights around, as scaling them by
// (‖W‖+v)/‖W‖ does.
func (t *tuning) paper(ctx context.Context) error {
	velocity, factors := make([]float64, len(t.p.counted)), make([]float64, len(t.p.counted))
	for step := 1; step <= t.opt.steps(); step++ {
		start := time.Now()
		loss, gq, slopes, err := t.fresh(ctx, step)
		if err != nil {
			return err
		}
		if !allFinite(loss, gq) || !allFinite(slopes...) {
			return fmt.Errorf("step %d: %s: %w; use a lower --lr, or leave out --paper",
				step, t.p.figures(loss, "gradient quotient", gq, slopes), ErrNotFinite)
		}
		for j, par := range t.p.counted {
			factors[j] = par.factor
			if !par.rescaled() {
				continue
			}
			velocity[j] = t.opt.momentum()*velocity[j] - t.opt.rate()*sign(slopes[j])
			norm := math.Abs(par.factor) * par.Norm
			factors[j] *= (norm + velocity[j]) / norm
		}
		t.setFactors(factors)
		t.timed(start)
		t.record(step, gq)
	}
	t.result.BestStep = t.opt.steps()
	return nil
}

// robust lowers the log quotient by steps on the logarithm s of the factors:
//
//	u ← μ u − (1−μ) sign(∂LGQ/∂s),  s ← s + λ_t u,  λ_t falling linearly to 0
//
// Every few steps the quotient is judged on the held-out batches; the best
// factors seen there are the result. A step after which the quotient is not
// finite is undone, and the following ones are half as long.
func (t *tuning) robust(ctx context.Context, before reading) error {
	n, steps, mu := len(t.p.counted), t.opt.steps(), t.opt.momentum()
	u, s, last, best := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	lowest, shrink := before.lgq, 1.0
	for step := 1; step <= steps; step++ {
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
			t.timed(start)
			continue
		}
		copy(last, s)
		rate := t.opt.rate() * shrink * (1 - float64(step-1)/float64(steps))
		for j, par := range t.p.counted {
			if par.Role == RoleWeight { // the quotient of scale-invariant ones falls for ever as they grow
				u[j] = mu*u[j] - (1-mu)*sign(slopes[j])
				s[j] = min(max(s[j]+rate*u[j], -math.Log(maxFactor)), math.Log(maxFactor))
			}
		}
		t.setLogs(s)
		t.timed(start)
		t.record(step, lgq)
		if step%judgeEvery == 0 || step == steps {
			r, err := t.judge(t.judges)
			if err != nil {
				return err
			}
			if allFinite(r.loss, r.gq, r.lgq) && r.lgq < lowest {
				lowest, t.result.BestStep = r.lgq, step
				copy(best, s)
			}
		}
	}
	t.setLogs(best)
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

// finish judges the result and puts the problem's factors back.
func (t *tuning) finish(before reading) (*Result, error) {
	after, err := t.judge(t.judges)
	if err != nil {
		return nil, err
	}
	if !allFinite(after.loss, after.gq, after.lgq) {
		name, quotient := after.quotient()
		return nil, fmt.Errorf("after the last step %s: %w", t.p.figures(after.loss, name, quotient, nil), ErrNotFinite)
	}
	r := t.result
	r.GQAfter, r.LGQAfter = after.gq, after.lgq
	// Weights that were scaled and scaled back differ by rounding: that alone is no improvement.
	r.Improved = r.BestStep > 0 && after.lgq < before.lgq
	if t.opt.Paper {
		r.Improved = after.gq < before.gq
	} else if !r.Improved {
		t.setLogs(make([]float64, len(t.p.counted)))
		r.BestStep, r.GQAfter, r.LGQAfter = 0, before.gq, before.lgq
	}
	slices.Sort(t.times)
	r.StepMS = float64(t.times[len(t.times)/2].Microseconds()) / 1000
	r.addTensors(t.p)
	return r, nil
}

// Scalings returns what is to be written for a result of this problem: the
// tensors whose factor is not 1.
func (p *Problem) Scalings(r *Result) []onnxio.Scaling {
	var list []onnxio.Scaling
	done := make(map[*onnxio.Tensor]bool)
	for i, par := range p.rescaled() {
		if f := r.Tensors[i].Factor; f != 1 && !done[par.Tensor] {
			done[par.Tensor] = true
			list = append(list, onnxio.Scaling{Tensor: par.Tensor, Factor: f})
			for _, t := range par.Copies {
				list = append(list, onnxio.Scaling{Tensor: t, Factor: f})
			}
		}
	}
	return list
}

// Round notes in a result of this problem which norms a file has that is written of it: each element is rounded to its
// type. The errors are those of onnxio.Model.Try, as for an element that overflows.
func (p *Problem) Round(r *Result) error {
	tried, err := p.model.Try(p.Scalings(r))
	if err != nil {
		return err
	}
	reached := make(map[*onnxio.Tensor]float64)
	for _, t := range tried {
		reached[t.Tensor] = t.Reached
	}
	for i, par := range p.rescaled() {
		norm, ok := reached[par.Tensor]
		if !ok {
			norm = par.Norm // its factor is 1
		}
		r.Tensors[i].NormReached = &norm
	}
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
