package metainit

import (
	"context"
	"slices"
)

// photoFinish trains the leaders, and the first contestant, by another optimizer too, if no clear win parts the leaders: the means
// count, and who is not among them cannot win any more. Nobody knows by which optimizer a model will be trained. Where the task had
// to be changed there is none: these trials take long as it is.
func (c *Contest) photoFinish(ctx context.Context) error {
	best := c.best().Progress
	var leaders, behind []*Contestant
	for _, who := range c.Contestants {
		if who.Out == "" && who.Progress*clearWin > best {
			leaders = append(leaders, who)
		} else if who != c.Contestants[0] {
			behind = append(behind, who)
		}
	}
	if c.late || c.opt.Optimizer != "" || c.opt.Rates != nil || best < learned || len(leaders) < 2 {
		return nil
	}
	if leaders[0] != c.Contestants[0] {
		leaders = append(leaders, c.Contestants[0])
	}
	heats, err := c.secondly(ctx, leaders)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(heats, func(h *heat) bool { return h.trial == nil }) {
		return nil // interrupted before they had ended
	}
	c.Second = SGD
	for _, who := range behind {
		who.behind = true
	}
	for _, who := range leaders {
		who.Trials = append(who.Trials, trialsOf(heats, who, sgdRate)...)
		who.judge(who.Trials)
	}
	return nil
}

// secondly makes the trials of contestants by the second optimizer.
func (c *Contest) secondly(ctx context.Context, contestants []*Contestant) ([]*heat, error) {
	c.round = 2
	trainer, err := c.trainer.p.newTrainer(SGD)
	if err != nil {
		return nil, err
	}
	if err := c.equip(trainer); err != nil {
		return nil, err
	}
	heats := c.heats(contestants, []float64{sgdRate})
	return heats, c.run(ctx, heats)
}

// Finalists returns the names of those that were trained by the second optimizer too.
func (c *Contest) Finalists() []string {
	var names []string
	for _, who := range c.Contestants {
		if c.Second != "" && who.Out == "" && !who.behind {
			names = append(names, who.Name)
		}
	}
	return names
}
