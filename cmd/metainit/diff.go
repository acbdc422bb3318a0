package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"onnx-metainit/metainit"
	"onnx-metainit/metainit/report"
)

func diffCommand() *cli.Command {
	return &cli.Command{
		Name:      "diff",
		Usage:     "compare the tensors of two models, or .safetensors and .npz files; exit status 0: same, 1: different, 2: trouble",
		ArgsUsage: "A B",
		Flags: append([]cli.Flag{
			&cli.Float64Flag{Name: "rtol", Usage: "elements a and b are the same if |b − a| <= ATOL + `RTOL`·|a|, whatever the type"},
			&cli.Float64Flag{Name: "atol", Usage: "`ATOL` of --rtol"},
			&cli.BoolFlag{Name: "by-value", Usage: "whatever their names: which tensor of B has the values of each of A, or a multiple of them, transposed, in any other order, or in rows or columns of a larger one"},
			&cli.StringFlag{Name: "html", Usage: "also write a page with the values of what differs to `FILE.html`"},
		}, reportFlags()...),
		Action: diff,
		CustomHelpTemplate: examples(
			"metainit diff model.onnx model.metainit.onnx",
			"metainit diff --json a.onnx b.onnx",
			"metainit diff model.safetensors model.metainit.safetensors",
			"metainit diff model.onnx model.npz --by-value            # what are the weights called in training?",
			"metainit diff model.onnx half.onnx --rtol 1e-3            # is the conversion to float16 close enough?",
		) + cli.CommandHelpTemplate,
	}
}

func diff(c *cli.Context) error {
	args, err := models(c, "A", "B")
	if err != nil {
		return err
	}
	opt := metainit.DiffOptions{RTol: c.Float64("rtol"), ATol: c.Float64("atol"), ByValue: c.Bool("by-value"), Histograms: c.IsSet("html")}
	for _, name := range []string{"rtol", "atol"} {
		if v := c.Float64(name); !(v >= 0) {
			return usagef("--%s %v: give a number that is not negative", name, v)
		}
	}
	over := during(c, "reading %s and %s", args[0], args[1])
	d, err := difference(args[0], args[1], c.String("html"), opt)
	over()
	if err != nil {
		return err
	}
	if c.Bool("json") {
		err = printJSON(c.App.Writer, d)
	} else if !c.Bool("quiet") {
		err = printDifference(c.App.Writer, d)
	}
	if err == nil && !d.Same {
		return &exit{status: statusDifferent}
	}
	return err
}

// difference compares two files, and writes a page of that unless its name is "".
func difference(a, b, page string, opt metainit.DiffOptions) (*metainit.Difference, error) {
	left, err := openWeights(a)
	if err != nil {
		return nil, inFile(a, err)
	}
	defer left.Close()
	right, err := openWeights(b)
	if err != nil {
		return nil, inFile(b, err)
	}
	defer right.Close()
	all := &files{}
	all.readsModel(left)
	all.readsModel(right)
	all.writes("html", page)
	if err := all.check(); err != nil {
		return nil, err
	}
	d, err := metainit.Diff(left, right, opt)
	if err != nil || page == "" {
		return d, err
	}
	text, err := (&report.Comparison{A: a, B: b, Difference: d}).Page()
	if err != nil {
		return nil, err
	}
	return d, writeFile(page, text)
}

func printDifference(w io.Writer, d *metainit.Difference) error {
	rows := [][]string{{"tensor", "status", "factor", "cosine", "max abs"}}
	same := 0
	for _, t := range d.Tensors {
		if t.Status == metainit.StatusSame {
			same++
			if t.Other == "" && t.Note == "" {
				continue
			}
		}
		row := []string{t.Name, string(t.Status), numberText(t.Factor, 6), numberText(t.Cosine, 6), numberText(t.MaxAbs, 4)}
		note := t.Note
		if t.Other != "" {
			note = strings.TrimSuffix(fmt.Sprintf("now %q, %s", t.Other, note), ", ")
		}
		if note != "" {
			row = append(row, note)
			rows[0] = append(rows[0][:5], "note")
		}
		rows = append(rows, row)
	}
	if len(rows) > 1 {
		if err := table(w, rows); err != nil {
			return err
		}
		printf(w, "\n")
	}
	err := printf(w, "%d of %d tensors are the same\n", same, len(d.Tensors))
	return err
}
