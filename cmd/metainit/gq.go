package main

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/urfave/cli/v2"

	"onnx-metainit/metainit"
)

func gqCommand() *cli.Command {
	return &cli.Command{
		Name:      "gq",
		Usage:     "measure the loss, the gradient quotient, and what each weight's norm does to it",
		ArgsUsage: "MODEL",
		Flags: append(problemFlags(),
			profileFlag(),
			&cli.StringFlag{Name: "dump", Usage: "write the graph and the planned program to `FILE`, - for the standard output, instead of measuring"},
			&cli.StringFlag{Name: "forward", Hidden: true, Usage: "also write the model's output on the first batch to `FILE.npy`"}),
		Action: measure,
		CustomHelpTemplate: examples(
			"metainit gq model.onnx",
			"metainit gq model.onnx --input x.npy --target y.npy --json",
			"metainit gq bert.onnx --dim batch=8 --dim sequence=128 --class-axis -1",
			"metainit gq actor.onnx --output-name pi --output-name value --target pi:a.npy --target value:v.npy",
			"metainit gq model.onnx --dump - | less                    # what is computed, step by step",
		) + cli.CommandHelpTemplate,
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
		err = printMeasurement(c.App.Writer, r, c.Float64("train-lr"))
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

func printMeasurement(w io.Writer, r *metainit.Measurement, rate float64) error {
	for _, f := range r.Inputs {
		printf(w, "input       %s\n", fillingText(f))
	}
	printf(w, "loss        %.6g (%s: %s)\n", r.Loss, r.LossKind, r.LossReason)
	printf(w, "GQ          %.6g\n", r.GQ)
	printf(w, "LGQ         %.6g (at a training rate of %g)\n", r.LGQ, rate)
	printf(w, "parameters  %d\n", r.NumParameters)
	printf(w, "memory      %s\n\n", planText(r.Plan))
	rows := [][]string{{"tensor", "shape", "type", "role", "norm", "dgq/dnorm"}}
	for _, t := range r.Tensors {
		rows = append(rows, []string{t.Name, shapeText(t.Shape), t.DType, string(t.Role), numberText(&t.Norm, 5), numberText(t.DGQDNorm, 5)})
	}
	return table(w, rows)
}
