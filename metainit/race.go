package metainit

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"onnx-metainit/autodiff"
	"onnx-metainit/autodiff/lower"
)

// clearWin is how many times the progress of the model as it is a candidate must make to be written.
const clearWin = 1.2

// RaceOptions are the settings of Race and Initialize. The zero value is what `metainit run MODEL` does.
type RaceOptions struct {
	Candidates []Candidate // the first is what the others have to beat; nil: keep, he, lsuv, metainit
	Contest    ContestOptions
	BatchNorm  lower.BatchNorm
	Tune       TuneOptions // of the candidates metainit and paper; in a race zero Steps and Rate of metainit mean 20 and 0.1

	Journal *Journal // where Initialize begins, and to which it adds what it computes; nil: it begins anew
	Finish  bool     // Initialize makes the best of the journal: what is not there takes no part

	decides bool // who wins is all that is asked

	// Phase, if set, is called when a part of the work begins, with its name: checking the gradient, making candidates (or the
	// only one), before their trials, tuning, which makes the candidate metainit, and judging, which measures the quotient before and after.
	Phase func(name string)
}

func (o RaceOptions) begins(phase string) {
	if o.Phase != nil {
		o.Phase(phase)
	}
}

func (o RaceOptions) candidates() []Candidate {
	if len(o.Candidates) == 0 {
		return []Candidate{Keep, He, LSUV, MetaInit}
	}
	return o.Candidates
}

// The steps of the candidate metainit in a race, from the best of the others, and their rate.
const (
	leaderSteps = 20
	leaderRate  = 0.1
)

// Race is a contest of candidates for the norms of a model's weights.
type Race struct {
	*Contest
	Winner Candidate `json:"winner"` // the first candidate, unless another is clearly better
	Margin float64   `json:"margin"` // the best candidate's progress to that of the first; 0 if that makes none

	From Candidate `json:"from,omitempty"` // what the candidate metainit started from

	BatchNorms int  `json:"batch_norms"`       // nodes in inference form that the trials take the statistics of the batch for
	Settled    bool `json:"settled,omitempty"` // no other candidate could beat the progress of the first, and not all were tried

	RatesSet int `json:"rates_set"` // scale-invariant weights that every candidate gives another norm, for the rate at which they turn

	tuned *Result // of the candidate metainit
}

// Race makes candidates for the norms of the weights, trains each for a while on the same tasks, and says who won. MetaInit
// starts from the best of the others. It does not write anything.
//
// A candidate that cannot be made is out of the race with the reason. The error is that of the tasks, if none can be made.
func (p *Problem) Race(ctx context.Context, opt RaceOptions) (_ *Race, err error) {
	defer autodiff.Caught(&err)
	defer p.Until(p.Until(ctx))
	r, q, err := p.newRace(ctx, opt)
	if err != nil {
		return nil, err
	}
	if _, _, err := r.memory(p, q, opt); err != nil {
		return nil, err
	}
	if err := r.begin(); err != nil {
		return nil, err
	}
	defer r.close()
	opt.begins("making candidates")
	candidates := opt.candidates()
	others := slices.DeleteFunc(slices.Clone(candidates), func(c Candidate) bool { return c == MetaInit })
	first := others
	if opt.decides && !r.small() { // what may settle it comes alone
		first = others[:1]
	}
	if err := r.add(ctx, q, first, opt.Tune); err != nil {
		return nil, err
	}
	if opt.decides {
		if settled, err := r.settled(ctx); err != nil {
			return nil, err
		} else if settled {
			r.leaveOut(candidates)
			r.decide()
			return r, nil
		}
	}
	if err := r.add(ctx, q, others[len(first):], opt.Tune); err != nil {
		return nil, err
	}
	if err := r.goOn(ctx); err != nil {
		return nil, err
	}
	if len(others) < len(candidates) {
		opt.begins("tuning")
		if err := r.add(ctx, q, []Candidate{MetaInit}, opt.Tune); err != nil {
			return nil, err
		}
	}
	if err := r.photoFinish(ctx); err != nil {
		return nil, err
	}
	if first := r.Contestants[0]; opt.Finish && first.Out != "" {
		return nil, fmt.Errorf("the model as it is takes no part: %s", first.Out)
	}
	r.decide()
	return r, nil
}

// newRace plans a race, and returns the problem as its trials take it.
func (p *Problem) newRace(ctx context.Context, opt RaceOptions) (*Race, *Problem, error) {
	q := p.small(ctx, opt.BatchNorm)
	for j, par := range p.counted {
		q.counted[j].elsewhere = par.elsewhere
		if par.Role == RoleScaleInvariant { // also those that only numbers told
			q.counted[j].Role, q.counted[j].Reason = par.Role, par.Reason
		}
	}
	m, err := newMaker(q)
	if err != nil {
		return nil, nil, p.noTrial(err)
	}
	r := &Race{BatchNorms: q.lowered.BatchNorms}
	if r.Contest, err = q.newContest(m, opt.Contest, len(opt.candidates())); err == nil {
		r.journal, r.finish = opt.Journal, opt.Finish
	}
	return r, q, err
}

// small returns the problem as trials take it: with a small batch, unless that is given or fixed by the file. It is the same
// one if nothing differs.
func (p *Problem) small(ctx context.Context, batchNorm lower.BatchNorm) *Problem {
	opt := p.opt
	opt.BatchNorm, opt.until, opt.known = batchNorm, ctx, p.known()
	normalizes := slices.ContainsFunc(p.lowered.Operations, func(l *lower.Lowered) bool { return l.Operator == "BatchNormalization" })
	for _, batch := range []int{cmp.Or(opt.Batch, trialBatch), opt.Batch} {
		if batch == p.opt.Batch && (batchNorm == p.opt.BatchNorm || !normalizes) {
			return p
		}
		opt.Batch = batch
		if q, err := New(p.model, opt); err == nil && len(q.counted) == len(p.counted) {
			return q
		}
	}
	return p
}

// add makes candidates for the problem and trains them. What cannot be made is out of the race.
func (r *Race) add(ctx context.Context, p *Problem, candidates []Candidate, opt TuneOptions) error {
	contestants := make([]*Contestant, len(candidates))
	for i, c := range candidates {
		contestants[i] = r.contestant(ctx, p, c, opt)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return r.enter(ctx, contestants...)
}

// contestant makes a candidate for the problem.
func (r *Race) contestant(ctx context.Context, p *Problem, c Candidate, opt TuneOptions) *Contestant {
	who := &Contestant{Name: string(c), Trials: []*Trial{}, weights: p.parameters}
	factors, err := r.factors(ctx, p, c, opt)
	if err != nil {
		who.Out = err.Error()
		return who
	}
	if c != Paper {
		r.RatesSet = p.setRates(factors)
	}
	who.factors, who.Factors = factors, make(map[string]float64)
	for j, par := range p.counted {
		if f := factors[j]; par.rescaled() {
			who.Factors[par.Name] = f
			if !(f > 0) || !allFinite(f) {
				who.Out = fmt.Sprintf("the factor of %q is %v", par.Name, f)
			}
		}
	}
	if err := p.unheld(factors); err != nil && who.Out == "" {
		who.Out = err.Error()
	}
	return who
}

// factors makes a candidate: MetaInit from the best one so far.
func (r *Race) factors(ctx context.Context, p *Problem, c Candidate, opt TuneOptions) ([]float64, error) {
	if c != MetaInit {
		factors, _, err := p.candidate(ctx, c, opt)
		return factors, err
	}
	leader := r.best()
	result, err := p.tune(ctx, leading(opt), leader.factors)
	if err != nil {
		return nil, err
	}
	r.tuned, r.From = result, Candidate(leader.Name)
	return p.factorsOf(result), nil
}

// leading returns the settings of MetaInit's steps from the best of the others.
func leading(opt TuneOptions) TuneOptions {
	opt.Paper, opt.Steps, opt.Rate = false, cmp.Or(opt.Steps, leaderSteps), cmp.Or(opt.Rate, leaderRate)
	return opt
}

// decide says who has won.
func (r *Race) decide() {
	first, best := r.Contestants[0], r.best()
	r.Winner = Candidate(first.Name)
	if first.Progress > 0 {
		r.Margin = best.Progress / first.Progress
	}
	if best.Progress >= learned && best.Progress > clearWin*first.Progress {
		r.Winner = Candidate(best.Name)
	}
}

// result is the factors of the winner, by counted parameter; nil if nobody learns.
func (r *Race) result() []float64 {
	if r.best().Progress < learned {
		return nil
	}
	return r.Contestants[slices.IndexFunc(r.Contestants, func(c *Contestant) bool { return c.Name == string(r.Winner) })].factors
}

// Verdict says in a sentence who has won, and, of several seeds, whether the best is ahead by more than noise.
func (r *Race) Verdict() string {
	text := r.decision()
	if r.RatesSet > 0 && r.result() != nil {
		text += fmt.Sprintf("; the norms of %d scale-invariant weights, which only set how fast they turn, become He's", r.RatesSet)
	}
	best := r.best()
	if second := r.second(best); second != nil && best.Progress >= learned {
		if note := r.lead(best, second); note != "" {
			return text + "; " + note
		}
	}
	return text
}

func (r *Race) decision() string {
	first, best := r.Contestants[0], r.best()
	switch {
	case best.Progress < learned:
		return fmt.Sprintf("no candidate learns anything in %d steps: the model is left as it is", r.Steps)
	case Candidate(first.Name) != r.Winner && first.Progress < learned:
		return fmt.Sprintf("%s: it learns, and the model as it is does not", r.Winner)
	case Candidate(first.Name) != r.Winner:
		return fmt.Sprintf("%s: it makes %.2g times the progress of the model as it is", r.Winner, r.Margin)
	case r.Settled:
		return fmt.Sprintf("already initialized well: no candidate could make %v times the progress of the model as it is", clearWin)
	case best == first:
		return "already initialized well: no candidate makes more progress than the model as it is"
	}
	return fmt.Sprintf("already initialized well: the best candidate, %s, makes %.2g times the progress of the model as it is, which is no clear win", best.Name, r.Margin)
}
