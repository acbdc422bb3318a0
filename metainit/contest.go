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
	Steps     int       // of each trial; 0: 15, and as long as nobody is under way twice as many, up to 120
	Optimizer Optimizer // "": SGD
	Rates     []float64 // the best of them counts for each contestant; nil: 0.1
	Seeds     int       // how many tasks of each kind are made; 0: 1

	// Progress, if set, is called before each trial.
	Progress func(done, total int, contestant, task string)
}

func (o ContestOptions) optimizer() Optimizer {
	if o.Optimizer == "" {
		return SGD
	}
	return o.Optimizer
}

func (o ContestOptions) rates() []float64 {
	switch {
	case len(o.Rates) > 0:
	case o.optimizer() == Adam:
		return []float64{adamRate}
	default:
		return []float64{sgdRate}
	}
	return o.Rates
}

// Contestant is weights that take part in a contest: those of a file, times a factor each.
type Contestant struct {
	Name    string             `json:"name"`
	Factors map[string]float64 `json:"factors,omitempty"` // by tensor; what is not there is as the file has it
	Out     string             `json:"out,omitempty"`     // why it takes no part

	Rate     float64            `json:"rate"`     // the best of the given ones
	Tasks    map[string]float64 `json:"tasks"`    // progress by task, mean over the seeds
	Progress float64            `json:"progress"` // mean over the tasks, of which memorizing counts at most 0.5
	Spread   float64            `json:"spread"`   // standard deviation of the progress over the seeds
	Trials   []*Trial           `json:"trials"`   // with the best rate

	weights []*Parameter
	factors []float64 // by counted parameter; nil: all 1
}

// Contest is what trials of several contestants on the same tasks came to.
type Contest struct {
	Steps       int           `json:"steps"` // of each trial, at last
	Optimizer   Optimizer     `json:"optimizer"`
	Seeds       int           `json:"seeds"`
	Contestants []*Contestant `json:"contestants"`

	trainer *trainer
}

// contest trains all contestants on the tasks that make gives for each seed: all of them with the same data in the same order.
func contest(ctx context.Context, trainer *trainer, contestants []*Contestant, make func(seed uint64) []*task, opt ContestOptions) (*Contest, error) {
	c := &Contest{Steps: cmp.Or(opt.Steps, trialSteps), Optimizer: opt.optimizer(), Seeds: cmp.Or(opt.Seeds, 1), Contestants: contestants, trainer: trainer}
	var tasks [][]*task
	for seed := range uint64(c.Seeds) {
		tasks = append(tasks, make(seed))
	}
	if err := c.round(ctx, tasks, opt); err != nil {
		return nil, err
	}
	// Of deep nets none may have learned anything yet. Memorizing is what shows first who will.
	for opt.Steps == 0 && c.Steps < mostSteps && c.best().Progress < underway {
		c.Steps *= 2
		for i := range tasks {
			tasks[i] = slices.DeleteFunc(tasks[i], func(t *task) bool { return t.name != TaskMemorizing && t.name != TaskGiven })
		}
		if err := c.round(ctx, tasks, opt); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// round trains every contestant on every task with every rate, and keeps the trials with the best rate of each.
func (c *Contest) round(ctx context.Context, tasks [][]*task, opt ContestOptions) error {
	done, total := 0, 0
	for _, each := range tasks {
		total += len(each) * len(opt.rates()) * len(c.Contestants)
	}
	for _, who := range c.Contestants {
		if who.Out != "" {
			continue
		}
		before := who.Trials
		best := -1.0
		for _, rate := range opt.rates() {
			var trials []*Trial
			for seed, each := range tasks {
				for _, t := range each {
					if opt.Progress != nil {
						opt.Progress(done, total, who.Name, t.name)
					}
					done++
					c.trainer.rate, c.trainer.weights = rate, who.weights
					trial, err := c.trainer.train(ctx, who.factors, t, c.Steps)
					if err != nil {
						return fmt.Errorf("%s: %w", who.Name, err)
					}
					trial.Seed = uint64(seed)
					trials = append(trials, trial)
				}
			}
			if p := who.judged(replaced(before, trials)); p > best {
				best = p
				who.Rate, who.Trials = rate, replaced(before, trials)
			}
		}
		who.judged(who.Trials)
	}
	return nil
}

// replaced returns the trials with newer ones in the place of those on the same task and seed.
func replaced(old, newer []*Trial) []*Trial {
	list := slices.Clone(old)
	for _, t := range newer {
		i := slices.IndexFunc(list, func(o *Trial) bool { return o.Task == t.Task && o.Seed == t.Seed })
		if i < 0 {
			list = append(list, t)
		} else {
			list[i] = t
		}
	}
	return list
}

// judged sets the progress by task, its mean and its spread from trials, and returns the mean.
func (c *Contestant) judged(trials []*Trial) float64 {
	byTask := make(map[string][]float64)
	for _, t := range trials {
		byTask[t.Task] = append(byTask[t.Task], t.Progress)
	}
	c.Tasks = make(map[string]float64)
	for name, list := range byTask {
		c.Tasks[name], _ = meanAndSpread(list)
	}
	c.Progress, c.Spread = meanAndSpread(bySeed(trials))
	return c.Progress
}

// bySeed returns the progress with each seed: the mean over the tasks.
func bySeed(trials []*Trial) []float64 {
	by := make(map[uint64][]float64)
	for _, t := range trials {
		p := t.Progress
		if t.Task == TaskMemorizing {
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
	for _, who := range c.Contestants[1:] {
		if who.Progress > best.Progress {
			best = who
		}
	}
	return best
}
