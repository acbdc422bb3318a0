package main

import (
	"cmp"
	"context"
	"slices"

	"github.com/urfave/cli/v2"

	"onnx-metainit/autodiff/lower"
	"onnx-metainit/metainit"
	"onnx-metainit/onnxio"
)

func trialCommand() *cli.Command {
	return &cli.Command{
		Name:      "trial",
		Usage:     "train the model for a while with other norms of its weights, or those of other files, and compare; it writes nothing",
		ArgsUsage: "MODEL [MODEL…]",
		Flags: slices.Concat(trialFlags(), []cli.Flag{
			&cli.StringFlag{Category: groupSearch, Name: "tasks", DefaultText: "means, or memorizing if nobody learns that", Usage: "`LIST` of what is to be learned: means, memorizing, structured"},
			&cli.IntFlag{Category: groupSearch, Name: "steps", DefaultText: "60, or 120 if nobody learns in these", Usage: "`number` of steps of a trial"},
			&cli.StringFlag{Category: groupSearch, Name: "optimizer", DefaultText: "adam, and sgd too for those that are close", Usage: "adam, or sgd (with momentum 0.9)"},
			&cli.Float64SliceFlag{Category: groupSearch, Name: "lr", DefaultText: "0.001, with sgd 0.1", Usage: "`rate` of a trial (repeatable: the best counts)"},
			&cli.IntFlag{Category: groupSearch, Name: "seeds", DefaultText: "1, of several files 3", Usage: "how many times every task is made, with other `numbers`"},
		}, problemFlags()),
		Action: trial,
		Description: examples(
			"metainit trial model.onnx",
			"metainit trial model.onnx --seeds 5 --tasks means,structured --optimizer sgd --lr 0.1 --lr 0.03",
			"metainit trial model.onnx --candidates keep,glorot,orthogonal",
			"metainit trial model.onnx tuned.onnx other.onnx           # the same graph with other weights",
			"metainit trial model.onnx tuned.onnx --data train.npz --test-data test.npz --steps 500",
		),
	}
}

// trialFlags are the flags of the commands that make trials.
func trialFlags() []cli.Flag {
	return []cli.Flag{
		candidatesFlag(),
		&cli.StringFlag{Category: groupData, Name: "data", Usage: "samples to train on in trials: `DATA`.npz or .safetensors with an array for each input, by its name, and one for the target, called target or as its output; .npy of the only input; or a folder of these, or of ONNX's test_data_set_*"},
		&cli.StringFlag{Category: groupData, Name: "test-data", Usage: "samples to judge trials on --data by, of the same kinds: held-out loss and accuracy"},
		&cli.Float64Flag{Category: groupData, Name: "hold-out", Value: 0.2, Usage: "`share` of --data to judge by, if there is no --test-data and either part makes a batch"},
		&cli.StringFlag{Category: groupSearch, Name: "batch-norm", Value: "auto", Usage: "statistics in trials: batch, stored, or auto: those of the batch where the stored ones are untrained (0 and 1)"},
	}
}

// batchNorm returns what the flag says.
func batchNorm(c *cli.Context) (lower.BatchNorm, error) {
	switch form := c.String("batch-norm"); form {
	case "auto":
		return lower.BatchNormUntrained, nil
	case "batch":
		return lower.BatchNormBatch, nil
	case "stored":
		return lower.BatchNormStored, nil
	default:
		return 0, usagef("--batch-norm %s: give auto, batch or stored", form)
	}
}

func candidatesFlag() cli.Flag {
	return &cli.StringFlag{Category: groupSearch, Name: "candidates", DefaultText: "keep,he,lsuv,metainit", Usage: "`LIST` of what is tried: keep, he, glorot, orthogonal, lsuv, metainit, paper"}
}

// candidates returns those that the flag names, the model as it is first; nil if there is no flag.
func candidates(c *cli.Context) ([]metainit.Candidate, error) {
	if !c.IsSet("candidates") {
		return nil, nil
	}
	list, err := metainit.ParseCandidates(c.String("candidates"))
	if err != nil {
		return nil, usagef("--candidates: %w", err)
	}
	list = slices.DeleteFunc(list, func(c metainit.Candidate) bool { return c == metainit.Keep })
	return append([]metainit.Candidate{metainit.Keep}, list...), nil
}

func trial(c *cli.Context) error {
	names := []string{"MODEL"}
	for len(names) < c.NArg() {
		names = append(names, "MODEL")
	}
	args, err := models(c, names...)
	if err != nil {
		return err
	}
	opt, err := trialOptions(c)
	if err != nil {
		return err
	}
	m, p, err := open(c, args[0], "")
	if err != nil {
		return err
	}
	defer m.Close()
	warn(c, p.Warnings()...)
	ctx, stop := interruptible()
	defer stop()
	over := during(c, "compiling %s", args[0])
	defer over()
	if !c.Bool("quiet") {
		shown := newProgress(c.App.ErrWriter, "LGQ")
		shown.over, shown.verbose = over, c.Bool("verbose")
		defer shown.clear()
		opt.Tune.Progress, opt.Contest.Progress, opt.Contest.Step, opt.Phase = shown.show, shown.trial, shown.train, shown.next
	}
	if len(args) > 1 {
		return compare(ctx, c, p, args, opt)
	}
	var race *metainit.Race
	err = answering(ctx, func() (err error) {
		race, err = p.Race(ctx, opt)
		return err
	})
	switch {
	case ctx.Err() != nil:
		return interrupted
	case err != nil:
		return inFile(args[0], err)
	case c.Bool("json"):
		return printJSON(c.App.Writer, formRace, race)
	}
	return printRace(viewOf(c), race)
}

// compare trains the weights of several files; the problem is that of the first.
func compare(ctx context.Context, c *cli.Context, p *metainit.Problem, files []string, opt metainit.RaceOptions) error {
	if c.IsSet("candidates") {
		return usagef("--candidates is for one file: leave it out, or give one MODEL")
	}
	var others []metainit.NamedModel
	for _, file := range files[1:] {
		m, err := onnxio.Open(file)
		if err != nil {
			return inFile(file, err)
		}
		defer m.Close()
		others = append(others, metainit.NamedModel{Name: file, Model: m})
	}
	opt.Contest.Seeds = cmp.Or(opt.Contest.Seeds, 3)
	var contest *metainit.Contest
	err := answering(ctx, func() (err error) {
		contest, err = p.Compare(ctx, files[0], others, opt)
		return err
	})
	switch {
	case ctx.Err() != nil:
		return interrupted
	case err != nil:
		return err
	case c.Bool("json"):
		return printJSON(c.App.Writer, formContest, contest)
	}
	v := viewOf(c)
	if err := v.table(standings(contest, "file", "")); err != nil {
		return err
	}
	return v.facts(slices.Concat(inputFacts(contest.Inputs), finalistFacts(contest), []fact{{"verdict", contest.Verdict(), winning}}))
}

func trialOptions(c *cli.Context) (opt metainit.RaceOptions, err error) {
	if opt.Candidates, err = candidates(c); err != nil {
		return opt, err
	}
	if opt.BatchNorm, err = batchNorm(c); err != nil {
		return opt, err
	}
	opt.Contest = metainit.ContestOptions{Steps: c.Int("steps"), Rates: c.Float64Slice("lr"), Seeds: c.Int("seeds")}
	for _, name := range []string{"steps", "seeds"} {
		if c.IsSet(name) {
			if err := positive(c, name, float64(c.Int(name))); err != nil {
				return opt, err
			}
		}
	}
	if c.IsSet("tasks") {
		if opt.Contest.Tasks, err = metainit.ParseTasks(c.String("tasks")); err != nil {
			return opt, usagef("--tasks: %w", err)
		}
	}
	for _, rate := range opt.Contest.Rates {
		if !(rate > 0) {
			return opt, usagef("--lr %v: give a number greater than 0", rate)
		}
	}
	if c.IsSet("optimizer") {
		if opt.Contest.Optimizer, err = metainit.ParseOptimizer(c.String("optimizer")); err != nil {
			return opt, usagef("--optimizer: %w", err)
		}
	}
	return opt, nil
}

func printRace(v *view, r *metainit.Race) error {
	if err := v.table(standings(r.Contest, "candidate", string(r.Winner))); err != nil {
		return err
	}
	return v.facts(slices.Concat(inputFacts(r.Inputs), verdictFacts(r)))
}
