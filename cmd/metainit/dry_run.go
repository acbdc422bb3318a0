package main

import (
	"os"
	"time"

	"github.com/urfave/cli/v2"

	"onnx-metainit/metainit"
	"onnx-metainit/onnxio"
)

// forecast is what a run would write, and about what it would cost.
type forecast struct {
	Files       []forecastFile `json:"files"`
	MemoryBytes int64          `json:"memory_bytes"`
	Seconds     float64        `json:"seconds"`
}

type forecastFile struct {
	Flag   string `json:"flag"`
	Name   string `json:"name"`
	Exists bool   `json:"exists"` // and is replaced
}

// dryRun says what a run would do, which has been checked as far as that is possible.
func dryRun(c *cli.Context, m *onnxio.Model, p *metainit.Problem, opt metainit.RaceOptions, out string) error {
	defer during(c, "planning")()
	ctx, stop := interruptible()
	defer stop()
	f := &forecast{}
	err := answering(ctx, func() (err error) {
		if f.MemoryBytes, err = p.RunMemory(ctx, opt); err != nil {
			return err
		}
		var d time.Duration
		d, err = p.RunTime(ctx, opt)
		f.Seconds = d.Seconds()
		return err
	})
	switch {
	case ctx.Err() != nil:
		return interrupted
	case err != nil:
		return inFile(m.Path, err)
	}
	written := filesOf(c, m, out).written
	if c.Bool("in-place") {
		written = append([]output{{"in-place", out}}, written...)
	}
	for _, file := range written {
		if file.flag == "on-interrupt" {
			continue
		}
		_, err := os.Stat(file.path)
		f.Files = append(f.Files, forecastFile{file.flag, file.path, err == nil})
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, formForecast, f)
	}
	for _, file := range f.Files {
		note := ""
		if file.Exists {
			note = " (in place of what is there)"
		}
		printf(c.App.Writer, "written  %s%s\n", file.Name, note)
	}
	printf(c.App.Writer, "memory   %s MB planned\n", rounded(float64(f.MemoryBytes)/(1<<20)))
	return printf(c.App.Writer, "time     about %s\n", shortTime(f.Seconds))
}

// shortTime is a time of less than a minute in seconds, and others as durationText has them.
func shortTime(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	if d < time.Minute {
		return d.Round(max(time.Second/10, d/10)).String()
	}
	return durationText(d)
}
