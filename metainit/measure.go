package metainit

import (
	"time"

	"onnx-metainit/autodiff"
)

// Measure computes the loss, the quotient and its derivatives by the norms of
// the weights, on the first batch. The error is ErrNoGradient if the gradient is zero, a *NotFiniteError if one of them is not
// finite.
func (p *Problem) Measure() (_ *Measurement, err error) {
	defer autodiff.Caught(&err)
	plan, err := p.Plan()
	if err != nil {
		return nil, err
	}
	if p.opt.Slow != nil && plan.Seconds > 0 {
		p.opt.Slow(quotientStep, time.Duration(plan.Seconds*float64(time.Second)))
	}
	warnings, err := p.checkGradient()
	if err != nil {
		return nil, err
	}
	e, err := p.newEngine(false, p.tunable())
	if err != nil {
		return nil, err
	}
	defer e.prog.Close()
	if err := e.run(0); err != nil {
		return nil, err
	}
	r, slopes := e.read(), e.readSlopes()
	if !allFinite(r.loss, r.gq, r.lgq) || !allFinite(slopes...) {
		name, quotient := r.quotient()
		return nil, p.notFinite(p.figures(r.loss, name, quotient, slopes), 0, false)
	}
	kind, reason := p.Loss()
	m := &Measurement{Loss: r.loss, GQ: r.gq, LGQ: r.lgq, NumParameters: int(e.q.count), LossKind: kind, LossReason: reason,
		Losses: p.Losses(), Inputs: p.Inputs(), Plan: plan, Warnings: append(p.Warnings(), warnings...)}
	for j, par := range p.counted {
		t := MeasuredTensor{Name: par.Name, Shape: par.Shape, DType: par.DType, Role: par.Role, Norm: par.Norm}
		if par.rescaled() {
			d := slopes[j] / par.Norm
			t.DGQDNorm = &d
		}
		m.Tensors = append(m.Tensors, t)
	}
	return m, nil
}

// AddLogSlopes adds to a measurement of this problem what Measure leaves out, as it takes as long again: the derivatives of
// LGQ. The error is a *NotFiniteError if one of them is not finite.
func (p *Problem) AddLogSlopes(m *Measurement) (err error) {
	defer autodiff.Caught(&err)
	e, err := p.newEngine(true, p.tunable())
	if err != nil {
		return err
	}
	defer e.prog.Close()
	loss, lgq, slopes, err := e.measured(0)
	if err != nil {
		return err
	}
	if !allFinite(slopes...) {
		return p.notFinite(p.figures(loss, "log quotient", lgq, slopes), 0, true)
	}
	for j, par := range p.counted {
		if par.rescaled() {
			m.Tensors[j].DLGQDLogNorm = &slopes[j]
		}
	}
	return nil
}
