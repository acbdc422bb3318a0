package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
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
		Flags: slices.Concat([]cli.Flag{
			&cli.Float64Flag{Category: groupComparison, Name: "rtol", Usage: "elements a and b are the same if |b − a| <= ATOL + `RTOL`·|a|, whatever the type"},
			&cli.Float64Flag{Category: groupComparison, Name: "atol", Usage: "`ATOL` of --rtol"},
			&cli.BoolFlag{Category: groupComparison, Name: "by-value", Usage: "whatever their names: which tensor of B has the values of each of A, or a multiple of them, transposed, in any other order, or in rows or columns of a larger one"},
			&cli.StringFlag{Category: groupWritten, Name: "html", Usage: "also write a page with the values of what differs to `FILE.html`"},
		}, reportFlags(), []cli.Flag{allFlag("show all tensors, the same ones too")}, rowFlags("tensor", "status", "factor", "cosine", "max abs", "note")),
		Action: diff,
		Description: examples(
			"metainit diff model.onnx model.metainit.onnx",
			"metainit diff --json a.onnx b.onnx",
			"metainit diff model.safetensors model.metainit.safetensors",
			"metainit diff model.onnx model.npz --by-value            # what are the weights called in training?",
			"metainit diff model.onnx half.onnx --rtol 1e-3            # is the conversion to float16 close enough?",
		),
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
		err = printJSON(c.App.Writer, formDiff, d)
	} else if !c.Bool("quiet") {
		err = printDifference(viewOf(c), d, opt.ByValue)
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

func printDifference(v *view, d *metainit.Difference, byValue bool) error {
	l := &listing{named: true, few: !byValue, columns: []column{
		{title: "tensor", short: asName},
		{title: "status"},
		{title: "factor", numbers: true, spare: 1},
		{title: "cosine", numbers: true, spare: 3},
		{title: "max abs", numbers: true, spare: 4},
		{title: "note", short: asNote, spare: 2},
	}}
	tensors := slices.Clone(d.Tensors)
	if !byValue { // else the names of A are looked up
		slices.SortStableFunc(tensors, func(a, b metainit.TensorDifference) int { return cmp.Compare(change(b), change(a)) })
	}
	same, noted := 0, false
	for _, t := range tensors {
		note := t.Note
		if t.Other != "" {
			note = strings.TrimSuffix(fmt.Sprintf("now %q, %s", t.Other, note), ", ")
		}
		mark := changed
		if t.Status == metainit.StatusSame {
			if mark, same = 0, same+1; note == "" && !v.all {
				continue
			}
		}
		noted = noted || note != ""
		l.add(mark, words(t.Name), words(string(t.Status)), number(t.Factor, 6), number(t.Cosine, 6), number(t.MaxAbs, 4), words(note))
	}
	if !noted {
		l = l.without(func(c column) bool { return c.title == "note" })
	}
	if len(l.rows) > 0 {
		if err := v.table(l); err != nil {
			return err
		}
		v.gap()
	}
	return v.paragraph(fmt.Sprintf("%d of %d tensors are the same", same, len(d.Tensors)))
}

// change returns how large the difference of a tensor is to the tensor: ‖B − A‖ / ‖A‖. What only one model has comes first.
func change(t metainit.TensorDifference) float64 {
	switch {
	case t.Status == metainit.StatusSame:
		return 0
	case t.Factor == nil || t.Cosine == nil || *t.Cosine == 0:
		return math.Inf(1)
	}
	length := *t.Factor / *t.Cosine // ‖B‖ / ‖A‖
	return math.Sqrt(max(0, 1-2**t.Factor+length*length))
}
