package main

import (
	"onnx-metainit/metainit"
	"slices"

	"github.com/urfave/cli/v2"
)

// raceOptions returns what the flags say of the candidates. The paper's algorithm, and a candidate without a trial, have no
// others beside them.
func raceOptions(c *cli.Context) (metainit.RaceOptions, error) {
	var opt metainit.RaceOptions
	var err error
	if opt.Tune, err = tuneOptions(c); err != nil {
		return opt, err
	}
	if opt.Candidates, err = candidates(c); err != nil {
		return opt, err
	}
	if opt.BatchNorm, err = batchNorm(c); err != nil {
		return opt, err
	}
	switch {
	case c.Bool("paper") && c.IsSet("candidates"):
		return opt, usagef("--paper is one candidate without a trial: leave out --candidates, or name paper there")
	case c.Bool("paper"):
		opt.Candidates = []metainit.Candidate{metainit.Paper}
	case c.Bool("no-trial"):
		opt.Candidates = slices.DeleteFunc(opt.Candidates, func(c metainit.Candidate) bool { return c == metainit.Keep })
		if !c.IsSet("candidates") || len(opt.Candidates) != 1 {
			return opt, usagef("--no-trial takes one candidate: name it, as in --candidates metainit")
		}
	}
	return opt, nil
}

func tuneOptions(c *cli.Context) (metainit.TuneOptions, error) {
	momentum := c.Float64("momentum")
	opt := metainit.TuneOptions{Paper: c.Bool("paper"), Steps: c.Int("steps"), Rate: c.Float64("lr"), Momentum: &momentum}
	if c.IsSet("steps") {
		if err := positive(c, "steps", float64(opt.Steps)); err != nil {
			return opt, err
		}
	}
	if c.IsSet("lr") {
		if err := positive(c, "lr", opt.Rate); err != nil {
			return opt, err
		}
	}
	if !(momentum >= 0 && momentum < 1) {
		return opt, usagef("--momentum %v: give a number from 0 to less than 1", momentum)
	}
	return opt, nil
}
