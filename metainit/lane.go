package metainit

import (
	"context"
	"fmt"
	"slices"
)

// A step of a trial of no more multiplications, and no more bytes, has kernels that are too short for several threads: several
// trials at once gain more from these.
const (
	smallWork   = 1 << 26
	smallMemory = 16 << 20
)

// lane is what trials run in, one after the other. The tasks of all lanes give the same batches.
type lane struct {
	*trainer
	tasks [][]*task // of each seed
}

// heat is a trial that is to be made, in whatever lane is free.
type heat struct {
	who   *Contestant
	rate  float64
	seed  int
	task  string
	trial *Trial
}

func (c *Contest) small() bool {
	return c.trainer.prog.MultiplyAdds() <= smallWork && c.trainer.prog.Memory() <= smallMemory
}

// width is how many lanes there are to be. Where the first trial tells what others are measured by, they wait for it.
func (c *Contest) width() int {
	unknown := len(c.lanes) > 0 && slices.ContainsFunc(slices.Concat(c.lanes[0].tasks...), func(t *task) bool { return t.base == 0 })
	if unknown || !c.small() {
		return 1
	}
	threads, trials := c.trainer.p.threads(), c.total*c.Seeds*len(c.opt.rates())
	if trials < 2*threads {
		return trials // which take turns, so that all end at about the same time
	}
	return threads
}

// begin makes the lanes.
func (c *Contest) begin() error {
	if err := c.trainer.p.announce("a step of a trial", c.trainer.prog); err != nil {
		return err
	}
	if err := c.trainer.start(); err != nil { // before tasks take memory
		return err
	}
	c.lanes = []*lane{{c.trainer, c.tasks(c.maker)}}
	c.now, c.later = c.opt.choose(c.lanes[0].tasks[0])
	for len(c.lanes) < c.width() {
		m, err := newMaker(c.trainer.p)
		if err != nil {
			return err
		}
		t, err := c.trainer.copy()
		if err != nil {
			return err
		}
		c.lanes = append(c.lanes, &lane{t, c.tasks(m)})
	}
	return nil
}

// tasks makes the tasks of each seed.
func (c *Contest) tasks(m *maker) (list [][]*task) {
	for seed := range uint64(c.Seeds) {
		list = append(list, m.tasks(c.trainer.p.opt.Seed+seed))
	}
	return list
}

// equip gives each lane another trainer.
func (c *Contest) equip(t *trainer) error {
	c.close()
	if err := t.start(); err != nil {
		return err
	}
	c.trainer, c.lanes[0].trainer = t, t
	for _, l := range c.lanes[1:] {
		another, err := t.copy()
		if err != nil {
			return err
		}
		l.trainer = another
	}
	return nil
}

func (c *Contest) close() {
	for _, l := range c.lanes {
		l.close()
	}
}

// heats are those of contestants on the tasks of each seed, with each rate.
func (c *Contest) heats(contestants []*Contestant, rates []float64) (list []*heat) {
	for _, who := range contestants {
		for _, rate := range rates {
			for seed := range c.Seeds {
				for _, task := range c.now {
					list = append(list, &heat{who: who, rate: rate, seed: seed, task: task})
				}
			}
		}
	}
	return list
}

// run makes the trials of heats, as many at once as there are lanes.
func (c *Contest) run(ctx context.Context, heats []*heat) error {
	free := make(chan *lane, len(c.lanes))
	for _, l := range c.lanes {
		free <- l
	}
	return inParallel(len(c.lanes), len(heats), func(i int) error {
		l := <-free
		defer func() { free <- l }()
		return c.trial(ctx, l, heats[i])
	})
}

// trial makes the trial of a heat in a lane.
func (c *Contest) trial(ctx context.Context, l *lane, h *heat) (err error) {
	if h.trial = c.journal.trial(h.who.Name, c.round, l.descent.optimizer, h.rate, uint64(h.seed), h.task); h.trial != nil {
		c.replay(h.trial)
		return nil
	} else if c.finish {
		return nil
	}
	steps := c.starts(h)
	c.trainer.running.Add(1)
	defer c.trainer.running.Add(-1)
	l.rate, l.weights = h.rate, h.who.weights
	task := l.tasks[h.seed][slices.IndexFunc(l.tasks[h.seed], func(t *task) bool { return t.name == h.task })]
	ended := func(t *Trial) bool {
		c.stepped(h, t)
		return c.ended(t)
	}
	if h.trial, err = l.train(ctx, h.who.factors, task, steps, ended); err != nil {
		return fmt.Errorf("%s: %w", h.who.Name, err)
	}
	h.trial.Seed = uint64(h.seed)
	c.journal.addTrial(h.who.Name, c.round, h.trial)
	return nil
}

// starts tells the caller that a trial starts, and returns how many steps it may make.
func (c *Contest) starts(h *heat) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.opt.Progress != nil {
		c.opt.Progress(slices.Index(c.Contestants, h.who), c.total, h.who.Name, h.task)
	}
	return c.Steps
}

// stepped tells the caller of a step of a trial.
func (c *Contest) stepped(h *heat, t *Trial) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.opt.Step != nil {
		step := len(t.Losses)
		c.opt.Step(slices.Index(c.Contestants, h.who), c.total, h.who.Name, h.task, step, max(step, c.Steps), t.Losses[step-1])
	}
}

// trialsOf returns the trials of a contestant with a rate.
func trialsOf(heats []*heat, who *Contestant, rate float64) (list []*Trial) {
	for _, h := range heats {
		if h.who == who && h.rate == rate {
			list = append(list, h.trial)
		}
	}
	return list
}
