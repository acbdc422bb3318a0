package main

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"onnx-metainit/metainit"
	"onnx-metainit/onnxio"
)

func applyCommand() *cli.Command {
	return &cli.Command{
		Name:      "apply",
		Usage:     "rescale other files as a model was tuned: the framework's weights, or another export; tensors are found by their values",
		ArgsUsage: "TUNED.onnx|SCALES.json TARGET",
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Category: groupWritten, Name: "output", Aliases: []string{"o"}, Usage: "`OUT`, the file to write", DefaultText: "TARGET with .metainit before its extension"},
			&cli.StringFlag{Category: groupModel, Name: "model", Usage: "`MODEL`.onnx before it was tuned, for the values that the names of SCALES.json mean; without it TARGET has these names"},
		}, reportFlags(), []cli.Flag{allFlag("show all weights where there are many")}, rowFlags("weight", "factor", "tensor", "how it lies there")),
		Action: applyFactors,
		Description: examples(
			"metainit apply tuned.onnx model.safetensors               # writes model.metainit.safetensors",
			"metainit apply tuned.onnx model.npz                       # of numpy.savez",
			"metainit apply tuned.onnx other_export.onnx -o other_tuned.onnx",
			"metainit apply scales.json model.safetensors --model model.onnx",
		),
	}
}

func applyFactors(c *cli.Context) error {
	args, err := models(c, "TUNED.onnx or SCALES.json", "TARGET")
	if err != nil {
		return err
	}
	over := during(c, "reading %s and %s", args[0], args[1])
	defer over()
	target, err := openWeights(args[1])
	if err != nil {
		return inFile(args[1], err)
	}
	defer target.Close()
	out := outputName(args[1])
	if c.IsSet("output") {
		out = c.String("output")
	}
	var others []*onnxio.Model // that the factors come from
	for i, path := range []string{args[0], c.String("model")} {
		if path == "" || i == 0 && isScales(path) {
			continue
		}
		m, err := onnxio.Open(path)
		if err != nil {
			return inFile(path, err)
		}
		defer m.Close()
		others = append(others, m)
	}
	all := filesOf(c, target, out)
	all.reads(args[0])
	for _, m := range others {
		all.readsModel(m)
	}
	if err := all.check(); err != nil {
		return err
	}
	if err := target.CanSave(out); err != nil {
		return err
	}
	factors, transfer, err := factorsFor(c, args[0], others, target)
	if err != nil {
		return err
	}
	scalings, used, err := transfer.Scalings(factors, target)
	if err != nil {
		return inFile(args[1], err)
	}
	record, err := json.Marshal(map[string]any{"factors": applied(used)})
	if err != nil {
		return err
	}
	ctx, stop := interruptible()
	defer stop()
	target.Until(ctx)
	entry := func([]onnxio.Rescaled) string { return string(record) }
	if _, err := target.Save(out, scalings, metainit.MetadataKey, entry); errors.Is(err, context.Canceled) {
		return &exit{status: statusInterrupted, message: "interrupted: nothing is written"}
	} else if err != nil {
		return err
	}
	over()
	done := transferred{args[1], out, used}
	if c.Bool("json") {
		return printJSON(c.App.Writer, formApply, done)
	}
	v := viewOf(c)
	if err := printTransferred(v, []transferred{done}, false); err != nil {
		return err
	}
	return v.facts([]fact{{about: "written", says: done.Output}})
}

// applied returns the factors by tensor of the target.
func applied(used []metainit.Correspondence) map[string]float64 {
	factors := make(map[string]float64)
	for _, t := range used {
		factors[t.Target] = t.Factor
	}
	return factors
}

// isScales reports whether a file is SCALES.json, and no model.
func isScales(path string) bool { return strings.EqualFold(filepath.Ext(path), ".json") }

// factorsFor reads the factors and finds the weights that they are for in the target. Others are the tuned model, or the one
// that SCALES.json is for, if it is given.
func factorsFor(c *cli.Context, source string, others []*onnxio.Model, target *onnxio.Model) (map[string]float64, *metainit.Transfer, error) {
	if !isScales(source) {
		if c.IsSet("model") {
			return nil, nil, usagef("--model is for SCALES.json: a tuned model has the values itself")
		}
		tuned := others[0]
		factors, err := metainit.RecordedFactors(tuned)
		if err != nil {
			return nil, nil, err
		}
		transfer, err := metainit.TransferFrom(factors, tuned, true, target)
		return factors, transfer, inFile(target.Path, err)
	}
	factors, err := metainit.ReadFactors(source)
	if err != nil {
		return nil, nil, err
	}
	model := target
	if len(others) > 0 {
		model = others[0]
	}
	transfer, err := metainit.TransferFrom(factors, model, false, target)
	return factors, transfer, inFile(target.Path, err)
}
