package autodiff

import "time"

// OpTime is what the steps of one kind took in the profiled runs of a program.
type OpTime struct {
	Op           string // a primitive, "copy", or "fused" for trees of elementwise ones
	Steps        int    // in the program
	Time         time.Duration
	MultiplyAdds int64 // of one run
}

// StartProfile makes the following runs record the time of every step.
func (p *Program) StartProfile() { p.compiled.StartProfile() }

// Profile returns the time by kind of step since StartProfile, longest first.
func (p *Program) Profile() []OpTime {
	var list []OpTime
	for _, t := range p.compiled.Profile() {
		list = append(list, OpTime(t))
	}
	return list
}
