package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/urfave/cli/v2"

	"onnx-metainit/metainit"
)

func trialCommand() *cli.Command {
	return &cli.Command{
		Name:      "trial",
		Usage:     "train a model for a while with other norms of its weights, and compare",
		ArgsUsage: "MODEL",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "candidates", Value: "keep,he,lsuv,metainit", Usage: "`LIST` of keep, he, glorot, orthogonal, lsuv, metainit, paper"},
			&cli.IntFlag{Name: "steps", DefaultText: "15, and up to 120 while nobody learns", Usage: "`number` of steps of a trial"},
			&cli.StringFlag{Name: "optimizer", Value: string(metainit.SGD), Usage: "sgd (with momentum) or adam"},
			&cli.Float64SliceFlag{Name: "lr", DefaultText: "0.1", Usage: "rate of a trial (repeatable: the best counts)"},
			&cli.IntFlag{Name: "seeds", Value: 1, Usage: "`number` of times that every task is made anew"},
			&cli.IntFlag{Name: "metainit-steps", Value: 50, Hidden: true},
		}, problemFlags()...),
		Action: trial,
		CustomHelpTemplate: examples(
			"metainit trial model.onnx",
			"metainit trial model.onnx --seeds 5 --optimizer adam --lr 0.003 --lr 0.001",
		) + cli.CommandHelpTemplate,
	}
}

func trial(c *cli.Context) error {
	args, err := models(c, "MODEL")
	if err != nil {
		return err
	}
	candidates, err := metainit.ParseCandidates(c.String("candidates"))
	if err != nil {
		return usagef("--candidates: %v", err)
	}
	opt := metainit.RaceOptions{Candidates: candidates, Tune: metainit.TuneOptions{Steps: c.Int("metainit-steps")}}
	opt.Contest = metainit.ContestOptions{Steps: c.Int("steps"), Rates: c.Float64Slice("lr"), Seeds: c.Int("seeds")}
	if opt.Contest.Optimizer, err = metainit.ParseOptimizer(c.String("optimizer")); err != nil {
		return usagef("--optimizer: %v", err)
	}
	m, p, err := open(c, args[0])
	if err != nil {
		return err
	}
	defer m.Close()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	race, err := p.Race(ctx, opt)
	if err != nil {
		return inFile(args[0], err)
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, race)
	}
	return printRace(c.App.Writer, race)
}

func printRace(w io.Writer, r *metainit.Race) error {
	rows := [][]string{{"candidate", "progress", "spread", metainit.TaskMeans, metainit.TaskMemorizing, metainit.TaskStructured}}
	for _, who := range r.Contestants {
		row := []string{who.Name, numberText(&who.Progress, 3), numberText(&who.Spread, 2)}
		for _, task := range []string{metainit.TaskMeans, metainit.TaskMemorizing, metainit.TaskStructured} {
			p := who.Tasks[task]
			row = append(row, numberText(&p, 3))
		}
		rows = append(rows, row)
	}
	if err := table(w, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nwinner %s, margin %.3g, %d steps\n", r.Winner, r.Margin, r.Steps)
	return err
}
