package metainit

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// ContestOptions are the settings of trials. The zero value is what a race of `metainit run` does.
type ContestOptions struct {
	Tasks     []string  // nil: TaskMeans, or TaskMemorizing if nobody learns that
	Steps     int       // of each trial; 0: 60, or 120 if nobody learns in these
	Optimizer Optimizer // "": Adam, and SGD too for those that are close
	Rates     []float64 // the best of them counts for each contestant; nil: 0.001, with SGD 0.1
	Seeds     int       // how many tasks of each kind are made; 0: 1

	// Progress, if set, is called before each trial.
	Progress func(done, total int, contestant, task string)
}

func (o ContestOptions) optimizer() Optimizer {
	if o.Optimizer == "" {
		return Adam
	}
	return o.Optimizer
}

// choose parts the tasks into those that are trained at first, and those that are if nobody learns these. Given data is always
// trained on.
func (o ContestOptions) choose(tasks []*task) (now, later []*task) {
	for _, t := range tasks {
		switch {
		case t.name == TaskGiven, slices.Contains(o.Tasks, t.name), o.Tasks == nil && t.name == TaskMeans:
			now = append(now, t)
		case o.Tasks == nil && t.name == TaskMemorizing:
			later = append(later, t)
		}
	}
	return now, later
}

func (o ContestOptions) rates() []float64 {
	switch {
	case len(o.Rates) > 0:
	case o.optimizer() == SGD:
		return []float64{sgdRate}
	default:
		return []float64{adamRate}
	}
	return o.Rates
}

// Contestant is weights that take part in a contest: those of a file, times a factor each.
type Contestant struct {
	Name    string             `json:"name"`
	Factors map[string]float64 `json:"factors,omitempty"` // by tensor; what is not there is as the file has it
	Out     string             `json:"out,omitempty"`     // why it takes no part

	Rate     float64            `json:"rate"`           // the best of the given ones
	Tasks    map[string]float64 `json:"tasks"`          // progress by task, mean over the seeds
	Progress float64            `json:"progress"`       // mean over the tasks, of which memorizing beside others that are learned counts at most 0.5
	Spread   float64            `json:"spread"`         // standard deviation of the progress over the seeds
	Test     *Score             `json:"test,omitempty"` // of the samples to test on, mean over the seeds
	Trials   []*Trial           `json:"trials"`         // with the best rate

	weights []*Parameter
	factors []float64 // by counted parameter; nil: all 1
	behind  bool      // the best are close, and this is not among them
}

// Contest is what trials of several contestants on the same tasks came to.
type Contest struct {
	Steps       int           `json:"steps"` // of each trial, at last
	Optimizer   Optimizer     `json:"optimizer"`
	Second      Optimizer     `json:"second_optimizer,omitempty"` // of the trials that follow if the best are close
	Seeds       int           `json:"seeds"`
	Inputs      []Filling     `json:"inputs"` // what fills a batch, but for what a task puts there
	Contestants []*Contestant `json:"contestants"`

	opt     ContestOptions
	maker   *maker
	trainer *trainer
	tasks   [][]*task // of each seed, those that are trained now
	others  [][]*task // of each seed, what is left for when nobody learns
	late    bool      // these are trained now
	open    bool      // in as many steps as it takes until somebody is under way
	total   int       // contestants that are expected
}

// newContest plans trials of as many contestants on the tasks of a maker: all of them with the same data in the same order.
func (p *Problem) newContest(m *maker, opt ContestOptions, contestants int) (*Contest, error) {
	c := &Contest{Steps: cmp.Or(opt.Steps, trialSteps), Optimizer: opt.optimizer(), Seeds: cmp.Or(opt.Seeds, 1), Inputs: p.Inputs(), opt: opt, maker: m, total: contestants}
	var err error
	c.trainer, err = p.newTrainer(c.Optimizer)
	return c, err
}

// begin makes the tasks, and gives the trainer memory.
func (c *Contest) begin() error {
	if err := c.trainer.p.announce("a step of a trial", c.trainer.prog); err != nil {
		return err
	}
	if err := c.trainer.start(); err != nil { // before tasks take any
		return err
	}
	for seed := range uint64(c.Seeds) {
		now, later := c.opt.choose(c.maker.tasks(c.trainer.p.opt.Seed + seed))
		c.tasks, c.others = append(c.tasks, now), append(c.others, later)
	}
	return nil
}

func (c *Contest) close() { c.trainer.close() }

// enter adds a contestant, and trains it unless it is out.
func (c *Contest) enter(ctx context.Context, who *Contestant) error {
	c.Contestants = append(c.Contestants, who)
	return c.train(ctx, who)
}

// train trains a contestant on every task of each seed with every rate, and keeps the trials with the best rate.
func (c *Contest) train(ctx context.Context, who *Contestant) error {
	if who.Out != "" {
		return nil
	}
	best := -1.0
	var kept []*Trial
	for _, rate := range c.opt.rates() {
		trials, err := c.trials(ctx, who, rate)
		if err != nil {
			return err
		}
		if who.judge(trials); who.Progress > best {
			best, kept, who.Rate = who.Progress, trials, rate
		}
	}
	who.Trials = kept
	who.judge(kept)
	return nil
}

// trials trains a contestant on every task of each seed with a rate.
func (c *Contest) trials(ctx context.Context, who *Contestant, rate float64) (list []*Trial, err error) {
	for seed, each := range c.tasks {
		for _, t := range each {
			if c.opt.Progress != nil {
				c.opt.Progress(slices.Index(c.Contestants, who), c.total, who.Name, t.name)
			}
			c.trainer.rate, c.trainer.weights = rate, who.weights
			trial, err := c.trainer.train(ctx, who.factors, t, c.Steps, c.ended)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", who.Name, err)
			}
			trial.Seed = uint64(seed)
			list = append(list, trial)
		}
	}
	return list, nil
}

// judge sets the progress by task, its mean and its spread from trials.
func (c *Contestant) judge(trials []*Trial) {
	byTask := make(map[string][]float64)
	for _, t := range trials {
		byTask[t.Task] = append(byTask[t.Task], t.Progress)
	}
	c.Tasks = make(map[string]float64)
	for name, list := range byTask {
		c.Tasks[name], _ = meanAndSpread(list)
	}
	c.Test = meanScore(trials)
	c.Progress, c.Spread = meanAndSpread(bySeed(trials))
}

// bySeed returns the progress with each seed: the mean over the tasks, of which memorizing counts less beside others.
func bySeed(trials []*Trial) []float64 {
	others := slices.ContainsFunc(trials, func(t *Trial) bool { return t.Task != TaskMemorizing })
	by := make(map[uint64][]float64)
	for _, t := range trials {
		p := t.Progress
		if t.Task == TaskMemorizing && others {
			p = min(p, mostMemorized)
		}
		by[t.Seed] = append(by[t.Seed], p)
	}
	list := make([]float64, len(by))
	for seed := range list {
		list[seed], _ = meanAndSpread(by[uint64(seed)])
	}
	return list
}

// meanAndSpread returns the mean of numbers and their standard deviation, 0 if there is one.
func meanAndSpread(list []float64) (mean, spread float64) {
	if len(list) == 1 {
		return list[0], 0
	}
	return stat.MeanStdDev(list, nil)
}

// Tasks returns the names of the tasks, in the order in which they are trained.
func (c *Contest) Tasks() []string {
	var list []string
	for _, who := range c.Contestants {
		for _, t := range who.Trials {
			if !slices.Contains(list, t.Task) {
				list = append(list, t.Task)
			}
		}
	}
	return list
}

// best is the contestant with the most progress, the first of several.
func (c *Contest) best() *Contestant {
	best := c.Contestants[0]
	for _, who := range c.Contestants {
		if !who.behind && who.Progress > best.Progress {
			best = who
		}
	}
	return best
}
