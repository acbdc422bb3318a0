package main

import (
	"fmt"
	"io"
	"time"

	"github.com/urfave/cli/v2"

	"onnx-metainit/metainit"
)

// planText says what a step takes. A multiply-add counts as two operations.
func planText(p *metainit.Plan) string {
	text := fmt.Sprintf("%s MB planned for a step; work %s GFLOP a step",
		rounded(float64(p.MemoryBytes)/(1<<20)), rounded(2*float64(p.MultiplyAdds)/1e9))
	if p.Ratio > 0 {
		text += fmt.Sprintf(", %.1f forward passes", p.Ratio)
	}
	if p.Seconds > 0 {
		text += fmt.Sprintf("; about %s a step", durationText(time.Duration(p.Seconds*float64(time.Second))))
	}
	return text
}

// durationText is a time of a minute or more in one unit.
func durationText(d time.Duration) string {
	switch {
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	case d < 48*time.Hour:
		return fmt.Sprintf("%.0f hours", d.Hours())
	}
	return fmt.Sprintf("%.0f days", d.Hours()/24)
}

// rounded returns v with three digits, or all that a whole number has.
func rounded(v float64) string {
	if v >= 100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

func profileFlag() cli.Flag {
	return &cli.BoolFlag{Name: "profile", Usage: fmt.Sprintf("afterwards time the kernels in %d more steps of the gradient quotient and print a table to the standard error", profiledSteps)}
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
	rows := [][]string{{"kernel", "calls", "ms a step", "share", "GFLOP/s"}}
	calls := 0
	for _, k := range profile {
		rate := "-"
		if k.MultiplyAdds > 0 {
			rate = fmt.Sprintf("%.1f", 2*profiledSteps*float64(k.MultiplyAdds)/float64(k.Time.Nanoseconds()))
		}
		rows = append(rows, []string{k.Op, fmt.Sprint(k.Steps), fmt.Sprintf("%.3f", milliseconds(k.Time)),
			fmt.Sprintf("%.1f%%", 100*float64(k.Time)/float64(max(total, 1))), rate})
		calls += k.Steps
	}
	return table(w, append(rows, []string{"all", fmt.Sprint(calls), fmt.Sprintf("%.3f", milliseconds(total)), "100.0%", "-"}))
}
