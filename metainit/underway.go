package metainit

import (
	"cmp"
	"context"
	"slices"
)

// underway is the progress of the best up to which trials go on: before, a candidate may be ahead by chance.
const underway = 0.1

// goOn changes the task to memorizing if nobody is under way: deep nets may not have learned anything yet, and memorizing shows
// first which will. These trials are longer, but as soon as one contestant is under way after the usual steps, those are what
// counts. The most promising contestants are trained first. If there is no other task, the same trials are made again, longer.
func (c *Contest) goOn(ctx context.Context) error {
	if c.opt.Steps > 0 || c.best().Progress >= underway {
		return nil
	}
	c.Steps, c.round = mostSteps, 1
	if len(c.later) > 0 {
		c.now, c.late = c.later, true
		c.open = len(c.opt.rates()) == 1 // of several, all are judged after as many steps
	}
	promising := slices.Clone(c.Contestants)
	slices.SortStableFunc(promising, func(a, b *Contestant) int { return cmp.Compare(b.Progress, a.Progress) })
	if err := c.train(ctx, promising); err != nil {
		return err
	}
	c.open = false
	for _, who := range c.Contestants {
		if c.late && who.Out == "" {
			for _, t := range who.Trials {
				t.cut(c.Steps)
			}
			who.judge(who.Trials)
		}
	}
	return nil
}

// replay does what a trial of the journal did to the steps of the others.
func (c *Contest) replay(t *Trial) {
	for n := range t.Losses {
		part := *t
		part.Losses = t.Losses[:n+1]
		c.ended(&part)
	}
}

// ended reports whether a trial is over before its last step: the task is learned, or the usual steps are enough, as they were for
// another contestant. A trial whose steps were asked for, or on given data, never ends early.
func (c *Contest) ended(t *Trial) bool {
	if c.opt.Steps > 0 || t.Task == TaskGiven {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	finished := t.finished()
	if c.open && (finished || len(t.Losses) == trialSteps) && progress(t.Base, secondHalf(t.Losses, trialSteps)) >= underway {
		c.Steps = trialSteps
	}
	return finished || len(t.Losses) >= c.Steps
}
