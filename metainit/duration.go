package metainit

import (
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
	if p.opt.speed == nil {
		speed, err := autodiff.MeasureSpeed(autodiff.Options{Precision: p.opt.Precision, Threads: p.opt.Threads})
		if err != nil {
			return 0, err
		}
		p.opt.speed = &speed
	}
	if seconds := prog.Seconds(*p.opt.speed); seconds > longStep.Seconds() {
		return time.Duration(seconds * float64(time.Second)), nil
	}
	return 0, nil
}

// announce says how long a step takes that a program makes, if that is long.
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
