package metainit

import (
	"context"
	"fmt"
)

// clearWin is how many times the progress of the model as it is a candidate must make to be written.
const clearWin = 1.5

// RaceOptions are the settings of Race. The zero value is what `metainit run MODEL` does.
type RaceOptions struct {
	Candidates []Candidate // nil: keep, he, lsuv, metainit
	Tune       TuneOptions // of the candidates metainit and paper
	Contest    ContestOptions
}

// Race is a contest of candidates for the norms of a model's weights.
type Race struct {
	*Contest
	Winner Candidate `json:"winner"` // keep, unless another is clearly better
	Margin float64   `json:"margin"` // the best candidate's progress to that of the model as it is; 0 if that makes none
}

// Race makes candidates for the norms of the weights, trains each for a while on the same tasks, and says who won. It does not
// write anything.
//
// A candidate that cannot be made is out of the race with the reason. The error is that of a task, if none can be made.
func (p *Problem) Race(ctx context.Context, opt RaceOptions) (*Race, error) {
	small := p.opt
	if small.Batch == 0 {
		small.Batch = trialBatch
	}
	q, err := New(p.model, small)
	if err != nil {
		return nil, err
	}
	m, err := newMaker(q)
	if err != nil {
		return nil, err
	}
	candidates := opt.Candidates
	if candidates == nil {
		candidates = defaultCandidates
	}
	var contestants []*Contestant
	for _, c := range candidates {
		who, err := q.contestant(ctx, c, opt.Tune)
		if err != nil {
			return nil, err
		}
		contestants = append(contestants, who)
	}
	trainer, err := q.newTrainer(opt.Contest.optimizer())
	if err != nil {
		return nil, err
	}
	defer trainer.close()
	for _, who := range contestants {
		who.trainer = trainer
	}
	c, err := contest(ctx, contestants, func(seed uint64) []*task { return m.tasks(p.opt.Seed + seed) }, opt.Contest)
	if err != nil {
		return nil, err
	}
	return verdict(c), nil
}

// verdict says who has won a contest whose first contestant is the model as it is.
func verdict(c *Contest) *Race {
	r := &Race{Contest: c, Winner: Keep}
	keep, best := c.Contestants[0], c.best()
	if keep.Progress > 0 {
		r.Margin = best.Progress / keep.Progress
	}
	if best.Progress >= learned && best.Progress > clearWin*keep.Progress {
		r.Winner = Candidate(best.Name)
	}
	return r
}

// contestant makes a candidate. The error is that of the context; others put it out of the race.
func (p *Problem) contestant(ctx context.Context, c Candidate, opt TuneOptions) (*Contestant, error) {
	who := &Contestant{Name: string(c), Trials: []*Trial{}}
	var err error
	switch who.factors, err = p.factors(ctx, c, opt); {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		who.Out = err.Error()
		return who, nil
	}
	who.Factors = make(map[string]float64)
	for j, f := range who.factors {
		if par := p.counted[j]; par.tuned() {
			who.Factors[par.Name] = f
		}
		if !(f > 0) || !allFinite(f) {
			who.Out = fmt.Sprintf("the factor of %q is %v", p.counted[j].Name, f)
		}
	}
	return who, nil
}

// factors makes a candidate: a factor for each counted parameter.
func (p *Problem) factors(ctx context.Context, c Candidate, opt TuneOptions) ([]float64, error) {
	factors := make([]float64, len(p.counted))
	for j := range factors {
		factors[j] = 1
	}
	switch c {
	case Keep:
		return factors, nil
	case LSUV:
		return p.lsuv(0)
	case MetaInit, Paper:
		opt.Paper = c == Paper
		result, err := p.Tune(ctx, opt)
		if err != nil {
			return nil, err
		}
		k := 0
		for j, par := range p.counted {
			if par.tuned() {
				factors[j] = result.Tensors[k].Factor
				k++
			}
		}
		return factors, nil
	}
	return p.byFormula(c), nil
}
