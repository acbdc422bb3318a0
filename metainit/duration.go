package metainit

import (
	"context"
	"time"

	"onnx-metainit/autodiff"
)

// quotientStep is what Tune makes again and again, and Measure once.
const quotientStep = "a step of the gradient quotient"

// longStep is the time from which on a step is announced.
const longStep = time.Minute

// leastRate is the multiply-adds a second of the slowest machine. Work that even it does soon needs no measuring.
const leastRate = 1e8

// duration estimates how long a run of a program takes. What the machine does in a second is measured once. It is 0 if it is
// less than a minute.
func (p *Problem) duration(prog *autodiff.Program) (time.Duration, error) {
	if float64(prog.Effort()) < leastRate*longStep.Seconds() && p.opt.speed == nil {
		return 0, nil
	}
	d, err := p.estimate(prog)
	if d <= longStep {
		d = 0
	}
	return d, err
}

// estimate is how long a run of a program takes, about.
func (p *Problem) estimate(prog *autodiff.Program) (time.Duration, error) {
	if p.opt.speed == nil {
		speed, err := autodiff.MeasureSpeed(autodiff.Options{Precision: p.opt.Precision, Threads: p.opt.Threads})
		if err != nil {
			return 0, err
		}
		p.opt.speed = &speed
	}
	return time.Duration(prog.Seconds(*p.opt.speed) * float64(time.Second)), nil
}

// RunTime estimates how long Initialize takes: the steps of all trials, and of the candidates that are made by steps. Trials that
// end early, and those that follow where the best are close or nobody learns, are not known.
//
// Errors are those of RunMemory.
func (p *Problem) RunTime(ctx context.Context, opt RaceOptions) (total time.Duration, err error) {
	defer autodiff.Caught(&err)
	defer p.Until(p.Until(ctx))
	q, candidates := p, opt.candidates()
	if len(candidates) > 1 {
		var r *Race
		if r, q, err = p.newRace(ctx, opt); err != nil {
			return 0, err
		}
		step, err := q.estimate(r.trainer.prog)
		if err != nil {
			return 0, err
		}
		total += step * time.Duration(r.Steps*r.total*r.Seeds*len(r.opt.rates()))
	}
	for _, c := range candidates {
		if c != MetaInit && c != Paper {
			continue
		}
		tune := opt.Tune
		if tune.Paper = c == Paper; len(candidates) > 1 && c == MetaInit {
			tune = leading(tune)
		}
		e, err := q.planEngine(!tune.Paper, q.tunable())
		if err != nil {
			return 0, err
		}
		step, err := q.estimate(e.prog)
		if err != nil {
			return 0, err
		}
		total += step * time.Duration(tune.steps()+heldOut*(2+tune.steps()/judgeEvery)/2) // a judgement has no slopes: half a step each
	}
	return total, nil
}

// announce says how long a step of a program takes, if that is long.
func (p *Problem) announce(step string, prog *autodiff.Program) error {
	if p.opt.Slow == nil {
		return nil
	}
	d, err := p.duration(prog)
	if err == nil && d > 0 {
		p.opt.Slow(step, d)
	}
	return err
}
