package metainit

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"gonum.org/v1/gonum/stat"
)

// ContestOptions are the settings of trials. The zero value is what a race of `metainit run` does.
type ContestOptions struct {
	Tasks     []string  // nil: TaskMeans, or TaskMemorizing if nobody learns that
	Steps     int       // of each trial; 0: 60, or 120 if nobody learns in these
	Optimizer Optimizer // "": Adam, and SGD too for those that are close
	Rates     []float64 // the best of them counts for each contestant; nil: 0.001, with SGD 0.1
	Seeds     int       // how many tasks of each kind are made; 0: 1

	// Progress, if set, is called before each trial. The trials of small models are made several at once.
	Progress func(done, total int, contestant, task string)

	// Step, if set, is called after each step of a trial, with the arguments of Progress for the trial first, and the loss before it.
	Step func(done, total int, contestant, task string, step, steps int, loss float64)
}

func (o ContestOptions) optimizer() Optimizer {
	if o.Optimizer == "" {
		return Adam
	}
	return o.Optimizer
}

// choose divides the tasks into those that are trained first, and those that follow if nobody learns the first. Given data is always
// trained on.
func (o ContestOptions) choose(tasks []*task) (now, later []string) {
	for _, t := range tasks {
		switch {
		case t.name == TaskGiven, slices.Contains(o.Tasks, t.name), o.Tasks == nil && t.name == TaskMeans:
			now = append(now, t.name)
		case o.Tasks == nil && t.name == TaskMemorizing:
			later = append(later, t.name)
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
	lanes   []*lane
	now     []string // the tasks that are trained
	later   []string // what is left for when nobody learns
	late    bool     // these are trained now
	open    bool     // in as many steps as it takes until somebody is under way
	total   int      // contestants that are expected

	journal *Journal
	finish  bool // what the journal lacks is not computed
	round   int  // of trials: the first, those of goOn, those of a photo finish

	mu sync.Mutex // of Steps and the calls of Progress and Step while trials are made
}

// newContest plans trials of as many contestants on the tasks of a maker: all of them with the same data in the same order.
func (p *Problem) newContest(m *maker, opt ContestOptions, contestants int) (*Contest, error) {
	c := &Contest{Steps: cmp.Or(opt.Steps, trialSteps), Optimizer: opt.optimizer(), Seeds: cmp.Or(opt.Seeds, 1), Inputs: p.Inputs(), opt: opt, maker: m, total: contestants}
	var err error
	c.trainer, err = p.newTrainer(c.Optimizer)
	return c, err
}

// enter adds contestants, and trains them.
func (c *Contest) enter(ctx context.Context, contestants ...*Contestant) error {
	c.Contestants = append(c.Contestants, contestants...)
	return c.train(ctx, contestants)
}

// train trains the contestants that are not out on every task of each seed with every rate, and keeps the trials of each with
// the best rate.
func (c *Contest) train(ctx context.Context, contestants []*Contestant) error {
	contestants = slices.DeleteFunc(slices.Clone(contestants), func(who *Contestant) bool { return who.Out != "" })
	heats := c.heats(contestants, c.opt.rates())
	if err := c.run(ctx, heats); err != nil {
		return err
	}
	for _, who := range contestants {
		best := -1.0
		var kept []*Trial
		for _, rate := range c.opt.rates() {
			trials := trialsOf(heats, who, rate)
			if slices.Contains(trials, nil) {
				who.Out = "it was interrupted before its trials had ended"
				break
			}
			if who.judge(trials); who.Progress > best {
				best, kept, who.Rate = who.Progress, trials, rate
			}
		}
		if who.Trials = kept; who.Out == "" {
			who.judge(kept)
		}
	}
	return nil
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
