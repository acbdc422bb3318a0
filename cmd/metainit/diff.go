package main

import (
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"onnx-metainit/metainit"
	"onnx-metainit/onnxio"
)

func diffCommand() *cli.Command {
	return &cli.Command{
		Name:      "diff",
		Usage:     "compare the tensors of two models; exit status 0: same, 1: different, 2: trouble",
		ArgsUsage: "A B",
		Flags:     reportFlags(),
		Action:    diff,
		CustomHelpTemplate: examples(
			"metainit diff model.onnx model.metainit.onnx",
			"metainit diff --json a.onnx b.onnx",
		) + cli.CommandHelpTemplate,
	}
}

func diff(c *cli.Context) error {
	args, err := models(c, "A", "B")
	if err != nil {
		return err
	}
	d, err := difference(args[0], args[1])
	if err != nil {
		return &exit{statusDiffTrouble, err.Error()}
	}
	if c.Bool("json") {
		err = printJSON(c.App.Writer, d)
	} else if !c.Bool("quiet") {
		err = printDifference(c.App.Writer, d)
	}
	if err != nil {
		return &exit{statusDiffTrouble, err.Error()}
	}
	if !d.Same {
		return &exit{status: statusDifferent}
	}
	return nil
}

func difference(a, b string) (*metainit.Difference, error) {
	left, err := onnxio.Open(a)
	if err != nil {
		return nil, inFile(a, err)
	}
	defer left.Close()
	right, err := onnxio.Open(b)
	if err != nil {
		return nil, inFile(b, err)
	}
	defer right.Close()
	return metainit.Diff(left, right)
}

func printDifference(w io.Writer, d *metainit.Difference) error {
	rows := [][]string{{"tensor", "status", "factor", "cosine", "max abs"}}
	same := 0
	for _, t := range d.Tensors {
		if t.Status == metainit.StatusSame {
			same++
			continue
		}
		rows = append(rows, []string{t.Name, string(t.Status), numberText(t.Factor, 6), numberText(t.Cosine, 6), numberText(t.MaxAbs, 4)})
	}
	if len(rows) > 1 {
		if err := table(w, rows); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	_, err := fmt.Fprintf(w, "%d of %d tensors are the same\n", same, len(d.Tensors))
	return err
}
