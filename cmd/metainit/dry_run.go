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
	list := []fact{
		{about: "memory", says: amount(float64(f.MemoryBytes), "B") + " planned"},
		{about: "time", says: "about " + durationText(time.Duration(f.Seconds*float64(time.Second)))},
	}
	for _, file := range f.Files {
		says := file.Name
		if file.Exists {
			says += " (in place of what is there)"
		}
		list = append(list, fact{about: "would write", says: says})
	}
	return viewOf(c).facts(list)
}
