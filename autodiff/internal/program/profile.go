package program

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// OpTime is what the steps of one kind took in the profiled runs of a program.
type OpTime struct {
	Op           string // the name of a kind, "copy", or "fused" for trees of elementwise ones
	Steps        int    // in the program
	Time         time.Duration
	MultiplyAdds int64 // of one run
}

// StartProfile makes the following runs record the time of every step.
func (p *Program) StartProfile() { p.times = make([]time.Duration, len(p.plan.steps)) }

// Profile returns the time by kind of step since StartProfile, longest first.
func (p *Program) Profile() []OpTime {
	byOp := make(map[string]*OpTime)
	for i, s := range p.plan.steps {
		name := p.plan.name(s)
		t := byOp[name]
		if t == nil {
			t = &OpTime{Op: name}
			byOp[name] = t
		}
		t.Steps++
		if p.times != nil {
			t.Time += p.times[i]
		}
		t.MultiplyAdds += p.plan.multiplyAdds(s)
	}
	list := make([]OpTime, 0, len(byOp))
	for _, name := range slices.Sorted(maps.Keys(byOp)) {
		list = append(list, *byOp[name])
	}
	slices.SortStableFunc(list, func(a, b OpTime) int { return cmp.Compare(b.Time, a.Time) })
	return list
}

// name is what kind of step it is.
func (p *plan) name(s step) string {
	switch {
	case s.copied:
		return "copy"
	case s.fused != nil:
		return "fused"
	}
	return p.kind(s.node).Name
}
