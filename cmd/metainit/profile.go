package main

import (
	"fmt"
	"io"
	"time"

	"github.com/urfave/cli/v2"

	"onnx-metainit/metainit"
)

func profileFlag() cli.Flag {
	return &cli.BoolFlag{Category: groupOutput, Name: "profile", Usage: fmt.Sprintf("afterwards time the kernels in %d more steps of the gradient quotient and print a table to the standard error", profiledSteps)}
}

// profiledSteps is how many steps a profile is the mean of.
const profiledSteps = 5

// printProfile prints what each kind of kernel takes of a step.
func printProfile(w io.Writer, p *metainit.Problem) error {
	profile, err := p.Profile(profiledSteps)
	if err != nil {
		return err
	}
	var total time.Duration
	for _, k := range profile {
		total += k.Time
	}
	milliseconds := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 / profiledSteps }
	l := &listing{columns: []column{
		{title: "kernel"},
		{title: "calls", numbers: true},
		{title: "ms a step", numbers: true},
		{title: "share", numbers: true},
		{title: "GFLOP/s", numbers: true},
	}}
	calls := 0
	for _, k := range profile {
		rate := words("-")
		if k.MultiplyAdds > 0 {
			rate = decimal(2*profiledSteps*float64(k.MultiplyAdds)/float64(k.Time.Nanoseconds()), 1)
		}
		share := fmt.Sprintf("%.1f%%", 100*float64(k.Time)/float64(max(total, 1)))
		l.add(0, words(k.Op), decimal(float64(k.Steps), 0), decimal(milliseconds(k.Time), 3), words(share), rate)
		calls += k.Steps
	}
	l.add(0, words("all"), decimal(float64(calls), 0), decimal(milliseconds(total), 3), words("100.0%"), words("-"))
	return (&view{w: w, format: formatText, width: columns(w)}).table(l)
}
