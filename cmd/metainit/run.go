package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"onnx-metainit/metainit"
	"onnx-metainit/onnxio"
)

func runCommand() *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "find better norms for the weights, and write the model with them rescaled",
		ArgsUsage: "MODEL",
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Category: groupWritten, Name: "output", Aliases: []string{"o"}, Usage: "`OUT`, the file to write", DefaultText: "MODEL with .metainit before .onnx"},
			&cli.BoolFlag{Category: groupWritten, Name: "in-place", Usage: "change MODEL itself"},
			&cli.BoolFlag{Category: groupSearch, Name: "no-trial", Usage: "take the one candidate that --candidates names, without training it"},
			&cli.BoolFlag{Category: groupWritten, Name: "only-if-better", Usage: "write nothing if no candidate is clearly better than the model as it is, and exit with status 3"},
			&cli.BoolFlag{Category: groupSearch, Name: "paper", Usage: "the paper's algorithm to the letter, written even if the model got worse"},
			&cli.IntFlag{Category: groupSearch, Name: "steps", DefaultText: "20 from the best other candidate, with --no-trial 200, with --paper 500", Usage: "`number` of MetaInit's steps"},
			&cli.Float64Flag{Category: groupSearch, Name: "lr", DefaultText: "0.1 falling to 0, with --no-trial 0.08, with --paper 0.1", Usage: "λ, the size of MetaInit's steps: of the logarithm of the norm, with --paper of the norm"},
			&cli.Float64Flag{Category: groupSearch, Name: "momentum", Value: 0.9, Usage: "μ of MetaInit's steps"},
			&cli.StringSliceFlag{Category: groupWritten, Name: "weights", Usage: "the framework's own weights, `FILE`.safetensors or .npz (repeatable), to be rescaled too: found by their values"},
			&cli.StringFlag{Category: groupWritten, Name: "weights-out", Usage: "`FILE` to write these to", DefaultText: "FILE with .metainit before its extension"},
			&cli.StringFlag{Category: groupWritten, Name: "scales", Usage: "also write the factor of each weight to `FILE.json`"},
			&cli.BoolFlag{Category: groupWritten, Name: "no-metadata", Usage: "leave out the entry in the model's metadata that repeats the run"},
			&cli.BoolFlag{Category: groupWritten, Name: "dry-run", Usage: "only say what would be written, and about what it would cost"},
			&cli.StringFlag{Category: groupWritten, Name: "report", Usage: "also write a page of the run with charts to `FILE.html`"},
			&cli.StringFlag{Category: groupWritten, Name: "plots", Usage: "also write the charts as SVG files into the folder `DIR`"},
			likeFlag(),
			profileFlag(),
			allFlag("show the factors of all weights, not the largest changes alone"),
		}, checkpointFlags(), trialFlags(), problemFlags(), rowFlags("tensor", "factor", "norm before", "norm after", "reached")),
		Action: tune,
		Description: examples(
			"metainit run model.onnx                                   # writes model.metainit.onnx",
			"metainit run model.onnx -o tuned.onnx --scales scales.json",
			"metainit run model.onnx --weights model.safetensors       # and the framework's weights, model.metainit.safetensors",
			"metainit run model.onnx --input x.npy --target y.npy      # real data, used in every step",
			"metainit run model.onnx --candidates metainit --no-trial  # by the quotient alone",
			"metainit run model.onnx --paper --steps 500 --lr 0.1      # as published",
			"metainit run model.onnx --report report.html              # and a page with charts to show",
		),
	}
}

func tune(c *cli.Context) error {
	args, err := models(c, "MODEL")
	if err != nil {
		return err
	}
	kept, err := resume(c)
	if err != nil {
		return err
	}
	if err := like(c); err != nil {
		return err
	}
	opt, err := raceOptions(c)
	if err != nil {
		return err
	}
	model, out, err := paths(c, args[0])
	if err != nil {
		return err
	}
	if err := kept.begin(c, out); err != nil {
		return err
	}
	opt.Journal = kept.Journal
	stop := kept.every(checkpointEvery)
	err = tuneTo(c, model, out, opt)
	stop()
	if err == nothingWritten {
		return kept.interrupted(c, model, out, func() error {
			opt.Finish = true
			return tuneTo(c, model, out, opt)
		})
	}
	var e *exit
	if err == nil || errors.As(err, &e) && e.status == statusNotImproved {
		kept.remove()
	}
	return err
}

// tuneTo does what the flags say and prints the report.
func tuneTo(c *cli.Context, model, out string, opt metainit.RaceOptions) error {
	m, p, err := open(c, model, out)
	if err != nil {
		return err
	}
	defer m.Close()
	state, err := openState(c, p)
	if err != nil {
		return err
	}
	defer state.close()
	if c.Bool("dry-run") {
		return dryRun(c, m, p, opt, out)
	}
	report := &runReport{}
	report.Warnings = p.Warnings()
	warn(c, report.Warnings...)
	opt.Tune.Warn = func(warning string) {
		report.Warnings = append(report.Warnings, warning)
		warn(c, warning)
	}

	// From here on an interrupt leaves no file half-written.
	ctx, stop := interruptible()
	defer stop()
	p.Until(ctx)
	state.until(ctx)
	err = answering(ctx, func() (err error) {
		if report.Result, err = tuned(ctx, c, p, opt); err == nil {
			defer during(c, "hashing %s and what goes with it", model)()
			report.Provenance, err = provenance(ctx, c, m)
		}
		return err
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		return inFile(model, withoutTrials(err))
	}
	if err == nil && report.Race != nil {
		report.Verdict = report.Race.Verdict()
	}
	if err == nil && (report.Improved || opt.Tune.Paper || report.Race != nil && !c.Bool("only-if-better")) {
		err = written(c, m, p, report, state, model, out)
	}
	switch {
	case errors.Is(err, context.Canceled) && report.Output == "":
		return nothingWritten
	case errors.Is(err, context.Canceled):
		return &exit{status: statusInterrupted, message: fmt.Sprintf("interrupted: %s is written, but not all of what goes with it", report.Output)}
	case err != nil:
		return err
	}
	report.PeakRSSMB = peakMemory()
	if err := report.saveReport(c, model); err != nil {
		return err
	}
	if err := conclude(c, report, model); err != nil || !c.Bool("profile") {
		return err
	}
	return inFile(model, printProfile(c.App.ErrWriter, p))
}

// written writes what the flags name.
func written(c *cli.Context, m *onnxio.Model, p *metainit.Problem, report *runReport, state *state, model, out string) error {
	defer during(c, "writing %s", out)()
	if err := state.scale(report.Factors()); err != nil {
		return err
	}
	if err := save(c, m, p, report.Result, model, out); err != nil {
		return err
	}
	report.Output = out
	if err := saveScales(c, report.Result); err != nil {
		return err
	}
	var err error
	report.Weights, err = state.save()
	return err
}

func tuned(ctx context.Context, c *cli.Context, p *metainit.Problem, opt metainit.RaceOptions) (*metainit.Result, error) {
	over := during(c, "compiling")
	defer over()
	if !c.Bool("quiet") {
		kind, reason := p.Loss()
		printf(c.App.ErrWriter, "loss: %s (%s)\n", kind, reason)
		objective := "LGQ"
		if opt.Tune.Paper {
			objective = "GQ"
		}
		shown := newProgress(c.App.ErrWriter, objective)
		shown.over, shown.verbose = over, c.Bool("verbose")
		defer shown.clear()
		opt.Tune.Progress, opt.Contest.Progress, opt.Contest.Step, opt.Phase = shown.show, shown.trial, shown.train, shown.next
	}
	r, err := p.Initialize(ctx, opt)
	if err == nil && reported(c) {
		// Without room for them a run is still what it is.
		if failed := p.AddQuotients(r); failed != nil && ctx.Err() == nil && opt.Tune.Warn != nil {
			opt.Tune.Warn(fmt.Sprintf("no histogram of the quotient: %v", failed))
		}
	}
	if err == nil {
		err = ctx.Err()
	}
	return r, err
}
