package metainit

import (
	"context"
	"fmt"
	"math"
	"slices"
)

const (
	trialBatch    = 16   // samples of a step of a trial
	trialSteps    = 15   // of a trial, at first
	trialRate     = 0.1  // of SGD
	mostSteps     = 120  // of a trial, while nobody learns
	lastSteps     = 5    // whose losses are a trial's score
	clearWin      = 1.5  // by which a candidate must exceed the model as it is
	learned       = 0.05 // the least progress that is no chance
	mostMemorized = 0.5  // what memorizing can add to progress: nets near chaos are good at it
)

// RaceOptions are the settings of Race. The zero value is what `metainit run MODEL` does.
type RaceOptions struct {
	Candidates []Candidate // nil: keep, he, lsuv, metainit
	Tune       TuneOptions // of the candidates metainit and paper

	// Progress, if set, is told what begins.
	Progress func(doing string)
}

// Race is what trials found: candidates, trained for a while on the same made-up tasks.
type Race struct {
	Steps       int           `json:"steps"` // of each trial
	Contestants []*Contestant `json:"candidates"`
	Winner      Candidate     `json:"winner"`
	Margin      float64       `json:"margin"` // the winner's progress to that of the model as it is
	Unmade      []string      `json:"unmade"` // tasks that could not be made, and why
}

// Contestant is a candidate and how it fared.
type Contestant struct {
	Candidate Candidate `json:"candidate"`
	Out       string    `json:"out,omitempty"` // why it is out of the race
	Trials    []Trial   `json:"trials"`
	Progress  float64   `json:"progress"` // mean over the tasks

	factors []float64 // by counted parameter
}

// Trial is a short training on one task.
type Trial struct {
	Task     string    `json:"task"`
	Base     float64   `json:"base"`     // the loss of who knows only how often each target comes
	Progress float64   `json:"progress"` // log(base) − the mean of log(loss) at the end, at least 0
	Losses   []float64 `json:"losses"`   // before each step
}

// score sets the progress of a trial from its losses.
func (t *Trial) score() {
	sum := 0.0
	last := t.Losses[max(len(t.Losses)-lastSteps, 0):]
	for _, loss := range last {
		if !allFinite(loss) {
			t.Progress = 0
			return
		}
		sum += min(math.Log(loss+1e-3), 50)
	}
	t.Progress = max(0, math.Log(t.Base+1e-3)-sum/float64(len(last)))
}

// race is the state of Race.
type race struct {
	p       *Problem // whose weights are tuned
	trainer *trainer // of the same model with a small batch
	tasks   []*task
	opt     RaceOptions
	result  *Race
}

// raceCandidates trains every contestant on every task.
func (r *race) run(ctx context.Context) error {
	r.result.Steps = trialSteps
	for _, c := range r.result.Contestants {
		if err := r.try(ctx, c, r.tasks, trialSteps); err != nil {
			return err
		}
	}
	// Of deep nets none may have learned anything yet. Memorizing shows first which will.
	for steps := 2 * trialSteps; steps <= mostSteps && r.best().Progress < learned; steps *= 2 {
		r.result.Steps = steps
		for _, c := range r.result.Contestants {
			if err := r.try(ctx, c, r.memorizing(), steps); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *race) memorizing() []*task {
	return slices.DeleteFunc(slices.Clone(r.tasks), func(t *task) bool { return t.name != TaskMemorizing })
}

// try trains a contestant on some tasks; what it did on them before is forgotten.
func (r *race) try(ctx context.Context, c *Contestant, tasks []*task, steps int) error {
	if c.Out != "" {
		return nil
	}
	for _, t := range tasks {
		trial, err := r.train(ctx, c, t, steps)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(c.Trials, func(old Trial) bool { return old.Task == t.name })
		if i < 0 {
			c.Trials = append(c.Trials, trial)
		} else {
			c.Trials[i] = trial
		}
	}
	c.Progress = 0
	for _, t := range c.Trials {
		p := t.Progress
		if t.Task == TaskMemorizing {
			p = min(p, mostMemorized)
		}
		c.Progress += p / float64(len(c.Trials))
	}
	return nil
}

// train trains a contestant on a task.
func (r *race) train(ctx context.Context, c *Contestant, t *task, steps int) (Trial, error) {
	trial := Trial{Task: t.name, Base: t.base}
	for j, par := range r.trainer.p.counted {
		par.factor = c.factors[j]
	}
	if err := r.trainer.reset(); err != nil {
		return trial, err
	}
	for step := range steps {
		if err := ctx.Err(); err != nil {
			return trial, err
		}
		loss, err := r.trainer.step(t.draw(step))
		if err != nil {
			return trial, err
		}
		if trial.Losses = append(trial.Losses, loss); !allFinite(loss) {
			break
		}
	}
	trial.score()
	return trial, nil
}

// best is the contestant with the most progress.
func (r *race) best() *Contestant {
	return slices.MaxFunc(r.result.Contestants, func(a, b *Contestant) int {
		switch {
		case a.Progress < b.Progress:
			return -1
		case a.Progress > b.Progress:
			return 1
		}
		return 0
	})
}

// Race makes candidates for the norms of the weights, trains each for a while on the same tasks, and returns who won.
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
	r := &race{p: p, opt: opt, result: &Race{Winner: Keep, Unmade: []string{}}, tasks: m.tasks(p.opt.Seed)}
	if r.opt.Candidates == nil {
		r.opt.Candidates = defaultCandidates
	}
	for _, c := range r.opt.Candidates {
		factors, err := q.factors(ctx, c, opt.Tune)
		if err != nil {
			return nil, fmt.Errorf("candidate %s: %w", c, err)
		}
		r.result.Contestants = append(r.result.Contestants, &Contestant{Candidate: c, factors: factors, Trials: []Trial{}})
	}
	if r.trainer, err = q.newTrainer(SGD, trialRate); err != nil {
		return nil, err
	}
	defer r.trainer.close()
	if err := r.run(ctx); err != nil {
		return nil, err
	}
	keep := r.result.Contestants[0]
	if best := r.best(); best.Progress >= learned && best.Progress > clearWin*keep.Progress {
		r.result.Winner = best.Candidate
	}
	r.result.Margin = r.best().Progress / keep.Progress
	return r.result, nil
}

// factors makes a candidate.
func (p *Problem) factors(ctx context.Context, c Candidate, opt TuneOptions) ([]float64, error) {
	switch c {
	case Keep:
		factors := make([]float64, len(p.counted))
		for j := range factors {
			factors[j] = 1
		}
		return factors, nil
	case LSUV:
		return p.lsuv(0)
	case MetaInit, Paper:
		opt.Paper = c == Paper
		result, err := p.Tune(ctx, opt)
		if err != nil {
			return nil, err
		}
		factors := make([]float64, 0, len(p.counted))
		k := 0
		for _, par := range p.counted {
			f := 1.0
			if par.tuned() {
				f = result.Tensors[k].Factor
				k++
			}
			factors = append(factors, f)
		}
		return factors, nil
	}
	return p.byFormula(c), nil
}
