package metainit

import (
	"cmp"
	"context"
	"slices"

	"onnx-metainit/autodiff"
)

// RunMemory returns how many bytes Initialize holds at most, what is given included: a candidate's program beside that of
// the trials and what these draw. No memory is reserved.
//
// Errors are those of Initialize before it computes, as for too little memory or a model that no task can be made for.
func (p *Problem) RunMemory(ctx context.Context, opt RaceOptions) (_ int64, err error) {
	defer autodiff.Caught(&err)
	defer p.Until(p.Until(ctx))
	if !slices.Contains(p.tunable(), true) {
		return 0, p.nothingToRescale()
	}
	if len(opt.candidates()) == 1 {
		return p.memoryWithout(opt)
	}
	var race int64
	var covers bool
	r, q, noRace := p.newRace(ctx, opt)
	if noRace == nil {
		race, covers, noRace = r.memory(p, q, opt)
	}
	if covers && noRace == nil {
		return race, nil
	}
	alone, err := p.memoryWithout(opt)
	if err = cmp.Or(err, noRace); err != nil {
		return 0, err
	}
	return max(alone, race), nil
}

// memoryWithout is what Initialize holds before and after trials. The program that looks at the gradient first computes a part of what
// those of the quotient do.
func (p *Problem) memoryWithout(opt RaceOptions) (int64, error) {
	most := int64(0)
	for _, c := range opt.candidates() {
		if len(opt.candidates()) == 1 {
			most = max(most, p.candidateMemory(c))
		}
	}
	e, err := p.planEngine(true, nil) // of the outcome
	if err != nil {
		return 0, err
	}
	most = p.given() + max(most, e.prog.Memory())
	return most, p.fits("a run", most)
}

// candidateMemory is what the programs take that a candidate is made by, one after the other; 0 if it cannot be made, with
// the reason when that is tried.
func (p *Problem) candidateMemory(c Candidate) int64 {
	switch c {
	case LSUV:
		_, outputs, _, err := p.lsuvGraph()
		if err != nil || len(outputs) == 0 {
			return 0
		}
		if prog, err := p.planned(p.opt.Precision, outputs); err == nil {
			return prog.Memory()
		}
	case MetaInit, Paper:
		if e, err := p.planEngine(c == MetaInit, p.tunable()); err == nil {
			return e.prog.Memory()
		}
	}
	return 0
}

// memory is what the race of a problem holds at most; q is the problem as its trials take it. It covers what is held before and after,
// the quotient alone, if a candidate follows that quotient's slopes.
func (r *Race) memory(p, q *Problem, opt RaceOptions) (most int64, covers bool, err error) {
	for _, c := range opt.candidates() {
		needed := q.candidateMemory(c)
		most = max(most, needed)
		covers = covers || q == p && needed > 0 && (c == MetaInit || c == Paper)
	}
	most += r.holds(p, q)
	return most, covers, p.fits("a run with trials", most)
}

// holds is what trials hold all the time: what is given for the problem and for the trials, and in each lane the program of a
// step, and batches.
func (c *Contest) holds(p, q *Problem) int64 {
	all := p.opt.given().with(p.sources)
	for first, size := range q.opt.given().with(q.sources) {
		all[first] = size
	}
	each := c.trainer.prog.Memory() + c.maker.bytes(slices.Contains(c.opt.Tasks, TaskStructured))
	return all.bytes() + int64(c.width())*each
}
