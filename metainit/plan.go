package metainit

import (
	"cmp"
	"io"

	"onnx-metainit/autodiff"
)

// Plan is what a step takes: the loss, the gradient quotient and its derivatives
// by the norms on one batch. It is known before anything is computed.
type Plan struct {
	MemoryBytes         int64   `json:"memory_bytes"`          // weights, data and temporaries, and what is given
	MultiplyAdds        int64   `json:"multiply_adds"`         // in products and convolutions
	ForwardMultiplyAdds int64   `json:"forward_multiply_adds"` // of the loss alone
	Ratio               float64 `json:"ratio"`                 // of the two; 0 if the loss needs none
	Steps               int     `json:"steps"`                 // kernel calls
	Seconds             float64 `json:"seconds,omitempty"`     // about, on this machine; 0 if it is less than a minute
}

// Plan plans what Measure computes, and what Tune computes in each step with
// TuneOptions.Paper; without, it is the same but for some elementwise work on the
// parameters. No memory is reserved.
//
// Errors are those of Measure before it computes, as for too little memory.
func (p *Problem) Plan() (*Plan, error) {
	e, err := p.planStep()
	if err != nil {
		return nil, err
	}
	return p.planOf(e)
}

// planStep plans a step.
func (p *Problem) planStep() (_ *engine, err error) {
	defer autodiff.Caught(&err)
	return p.planEngine(false, p.tunable())
}

// planOf says what a step takes that is planned. It may measure what the machine does, which nothing else should keep from that.
func (p *Problem) planOf(e *engine) (*Plan, error) {
	plan := &Plan{
		MemoryBytes:         p.given() + e.prog.Memory(),
		MultiplyAdds:        e.prog.MultiplyAdds(),
		ForwardMultiplyAdds: autodiff.MultiplyAdds([]*autodiff.Node{p.loss}),
		Steps:               e.prog.Steps(),
	}
	if plan.ForwardMultiplyAdds > 0 {
		plan.Ratio = float64(plan.MultiplyAdds) / float64(plan.ForwardMultiplyAdds)
	}
	d, err := p.duration(e.prog)
	plan.Seconds = d.Seconds()
	if err = cmp.Or(p.fits("a step", plan.MemoryBytes), err); err != nil {
		return nil, err
	}
	return plan, nil
}

// Dump writes the graph of what Plan plans and the plan itself, as
// [autodiff.Program.Dump] has them.
func (p *Problem) Dump(w io.Writer) (err error) {
	defer autodiff.Caught(&err)
	e, err := p.planEngine(false, p.tunable())
	if err != nil {
		return err
	}
	return e.prog.Dump(w)
}

// Profile computes the given number of steps after a first one, which finds the
// memory new, and returns the time that each kind of kernel took in them.
func (p *Problem) Profile(steps int) (_ []autodiff.OpTime, err error) {
	defer autodiff.Caught(&err)
	e, err := p.newEngine(false, p.tunable())
	if err != nil {
		return nil, err
	}
	defer e.prog.Close()
	for k := range steps + 1 {
		if k == 1 {
			e.prog.StartProfile()
		}
		if _, _, _, err := e.step(uint64(k)); err != nil {
			return nil, err
		}
	}
	return e.prog.Profile(), nil
}
