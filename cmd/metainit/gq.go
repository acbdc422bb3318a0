package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"onnx-metainit/metainit"
)

func gqCommand() *cli.Command {
	return &cli.Command{
		Name:      "gq",
		Usage:     "measure the loss, the gradient quotient, and what each weight's norm does to it",
		ArgsUsage: "MODEL",
		Flags: slices.Concat(problemFlags(), rowFlags("tensor", "shape", "type", "role", "norm", "dgq/dnorm"), []cli.Flag{
			profileFlag(),
			&cli.StringFlag{Category: groupWritten, Name: "dump", Usage: "write the graph and the planned program to `FILE`, - for the standard output, instead of measuring"},
			&cli.StringFlag{Category: groupWritten, Name: "forward", Hidden: true, Usage: "also write the model's output on the first batch to `FILE.npy`"},
		}),
		Action: measure,
		Description: examples(
			"metainit gq model.onnx",
			"metainit gq model.onnx --input x.npy --target y.npy --json",
			"metainit gq bert.onnx --dim batch=8 --dim sequence=128 --class-axis -1",
			"metainit gq actor.onnx --output-name pi --output-name value --target pi:a.npy --target value:v.npy",
			"metainit gq model.onnx --dump - | less                    # what is computed, step by step",
		),
	}
}

func measure(c *cli.Context) error {
	args, err := models(c, "MODEL")
	if err != nil {
		return err
	}
	path := args[0]
	m, p, err := open(c, path, "")
	if err != nil {
		return err
	}
	defer m.Close()
	ctx, stop := interruptible()
	defer stop()
	p.Until(ctx)
	over := during(c, "compiling and measuring %s", path)
	defer over()
	if err = answering(ctx, func() error { return gq(c, p, path, over) }); errors.Is(err, context.Canceled) {
		return interrupted
	}
	return err
}

// gq does what the flags say to a problem; over is called before anything is printed.
func gq(c *cli.Context, p *metainit.Problem, path string, over func()) error {
	if c.IsSet("forward") {
		if err := writeForward(c.String("forward"), path, p); err != nil {
			return err
		}
	}
	if c.IsSet("dump") {
		return dump(c.App.Writer, c.String("dump"), path, p)
	}
	r, err := p.Measure()
	if err != nil {
		return inFile(path, err)
	}
	over()
	warn(c, r.Warnings...)
	if c.Bool("json") {
		if err := p.AddLogSlopes(r); err != nil {
			return inFile(path, err)
		}
		err = printJSON(c.App.Writer, formGQ, r)
	} else {
		err = printMeasurement(viewOf(c), r, c.Float64("train-lr"))
	}
	if err != nil || !c.Bool("profile") {
		return err
	}
	return inFile(path, printProfile(c.App.ErrWriter, p))
}

// dump writes the forms of the program to a file, or to w for "-".
func dump(w io.Writer, file, model string, p *metainit.Problem) error {
	if file == "-" {
		return inFile(model, p.Dump(w))
	}
	var b bytes.Buffer
	if err := p.Dump(&b); err != nil {
		return inFile(model, err)
	}
	return writeFile(file, b.Bytes())
}

func writeForward(file, model string, p *metainit.Problem) error {
	output, err := p.Forward()
	if err != nil {
		return inFile(model, err)
	}
	var b bytes.Buffer
	if err := metainit.WriteNPY(&b, output); err != nil {
		return err
	}
	return writeFile(file, b.Bytes())
}

func printMeasurement(v *view, r *metainit.Measurement, rate float64) error {
	l := &listing{named: true, columns: []column{
		{title: "tensor", short: asName},
		{title: "shape", spare: 3},
		{title: "type", spare: 4},
		{title: "role", spare: 2},
		{title: "norm", numbers: true, spare: 1},
		{title: "dgq/dnorm", numbers: true},
	}}
	for _, t := range r.Tensors {
		l.add(0, words(t.Name), shapeCell(t.Shape), words(t.DType), words(string(t.Role)), number(&t.Norm, 5), number(t.DGQDNorm, 5))
	}
	if err := v.table(l); err != nil {
		return err
	}
	return v.facts(append(inputFacts(r.Inputs),
		fact{about: "loss", says: fmt.Sprintf("%.6g (%s: %s)", r.Loss, r.LossKind, r.LossReason)},
		fact{about: "parameters", says: amount(float64(r.NumParameters), "")},
		fact{about: "memory", says: planText(r.Plan)},
		fact{about: "GQ", says: fmt.Sprintf("%.6g", r.GQ)},
		fact{about: "LGQ", says: fmt.Sprintf("%.6g (at a training rate of %g)", r.LGQ, rate)}))
}

// planText says what a step takes. A multiply-add counts as two operations.
func planText(p *metainit.Plan) string {
	text := fmt.Sprintf("%s planned for a step; work %s a step", amount(float64(p.MemoryBytes), "B"), amount(2*float64(p.MultiplyAdds), "FLOP"))
	if p.Ratio > 0 {
		text += fmt.Sprintf(", %.1f forward passes", p.Ratio)
	}
	if p.Seconds > 0 {
		text += fmt.Sprintf("; about %s a step", durationText(time.Duration(p.Seconds*float64(time.Second))))
	}
	return text
}
