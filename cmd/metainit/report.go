package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"onnx-metainit/metainit"
	"onnx-metainit/metainit/report"
	"onnx-metainit/onnxio"
)

func reportCommand() *cli.Command {
	return &cli.Command{
		Name:      "report",
		Usage:     "make a page of a run: of what run --json printed, or of the record in a tuned model",
		ArgsUsage: "RUN.json|TUNED.onnx|REPORT.html",
		Flags: []cli.Flag{
			&cli.StringFlag{Category: groupWritten, Name: "output", Aliases: []string{"o"}, Usage: "`FILE.html` to write", DefaultText: "the name of what is read, with .html"},
			&cli.BoolFlag{Category: groupOutput, Name: "quiet", Aliases: []string{"q"}, Usage: "print no messages but errors"},
		},
		Action: makeReport,
		Description: examples(
			"metainit run model.onnx --json > run.json && metainit report run.json -o report.html",
			"metainit report model.metainit.onnx                      # writes model.metainit.html",
			"metainit report old.html -o new.html                     # again, from the data in a report",
		),
	}
}

func makeReport(c *cli.Context) error {
	args, err := models(c, "RUN.json or TUNED.onnx")
	if err != nil {
		return err
	}
	in := args[0]
	out := strings.TrimSuffix(in, filepath.Ext(in)) + ".html"
	if c.IsSet("output") {
		out = c.String("output")
	}
	all := &files{}
	all.reads(in)
	all.writes("output", out)
	document, err := documentOf(in, all)
	if err != nil {
		return inFile(in, err)
	}
	if err := all.check(); err != nil {
		return err
	}
	r, err := report.ParseRun(document)
	if err != nil {
		return inFile(in, err)
	}
	page, err := r.Page(filepath.Base(in))
	if err == nil {
		err = writeFile(out, page)
	}
	if err != nil || c.Bool("quiet") {
		return err
	}
	return printf(c.App.Writer, "written  %s\n", out)
}

// mostDocument bounds the size of a file with the result of a run.
const mostDocument = 64 << 20

// documentOf returns the JSON of a run that a file holds: all of it, an element of a report, or an entry in the metadata of a
// model, of which it adds the other files that it is made of.
func documentOf(path string, all *files) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	start := bytes.TrimLeft(head[:n], " \t\r\n")
	if len(start) == 0 {
		return nil, errors.New("it is empty: give what metainit run --json printed, or a model that metainit run wrote")
	}
	if start[0] != '{' && start[0] != '<' {
		return recordOf(path, all)
	}
	rest, err := io.ReadAll(io.LimitReader(f, mostDocument))
	switch {
	case err != nil:
		return nil, err
	case len(rest) == mostDocument:
		return nil, fmt.Errorf("it has more than %d MB: it is no result of a run", mostDocument>>20)
	case start[0] == '<':
		return report.DataOf(append(head[:n], rest...))
	}
	return append(head[:n], rest...), nil
}

// recordOf returns the last record of a run in the metadata of a model.
func recordOf(path string, all *files) ([]byte, error) {
	m, err := onnxio.Open(path)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	all.readsModel(m)
	record, err := metainit.RecordText(m)
	return []byte(record), err
}

// reported reports whether a flag asks for charts of a run, which need histograms that take memory.
func reported(c *cli.Context) bool { return c.IsSet("report") || c.IsSet("plots") }

// saveReport writes the page and the charts that the flags name.
func (r *runReport) saveReport(c *cli.Context, model string) error {
	if !reported(c) {
		return nil
	}
	command, _ := c.App.Metadata["command"].([]string)
	document, err := json.Marshal(struct { // what --json prints, and what a reader of the page wants besides
		Model   string   `json:"model"`
		Command []string `json:"command"`
		*runReport
	}{filepath.Base(model), command, r})
	if err != nil {
		return err
	}
	run, err := report.ParseRun(document)
	if err != nil {
		return err
	}
	if c.IsSet("report") {
		page, err := run.Page(filepath.Base(model))
		if err != nil {
			return err
		}
		if err := writeFile(c.String("report"), page); err != nil {
			return err
		}
	}
	if !c.IsSet("plots") {
		return nil
	}
	folder := c.String("plots")
	if err := os.Mkdir(folder, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	for _, chart := range run.Charts() {
		if err := writeFile(plotFile(folder, chart.Name), []byte(chart.File())); err != nil {
			return err
		}
	}
	return nil
}

func plotFile(folder, chart string) string { return filepath.Join(folder, chart+".svg") }
