package main

import (
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"onnx-metainit/metainit"
)

// runReport is what run prints: the result and what became of it.
type runReport struct {
	*metainit.Result
	LossKind   metainit.Loss         `json:"loss_kind"`
	LossReason string                `json:"loss_reason"`
	Losses     []metainit.OutputLoss `json:"losses"`
	Inputs     []metainit.Filling    `json:"inputs"`
	Warnings   []string              `json:"warnings"`
	Output     string                `json:"output"`  // "" if nothing was written
	Weights    []transferred         `json:"weights"` // files of the framework's weights
	PeakRSSMB  float64               `json:"peak_rss_mb"`
	Verdict    string                `json:"verdict,omitempty"` // of the race
}

// conclude prints the report and returns the error of a run that found nothing better.
func conclude(c *cli.Context, r *runReport, model string) error {
	var err error
	if c.Bool("json") {
		err = printJSON(c.App.Writer, r)
	} else {
		err = printReport(c.App.Writer, r)
	}
	switch {
	case err != nil:
		return err
	case r.Output == "" && r.Race != nil:
		return &exit{statusNotImproved, fmt.Sprintf("%s: %s: nothing is written", model, r.Race.Verdict())}
	case r.Output == "":
		return &exit{statusNotImproved, fmt.Sprintf("%s: no step lowered the log quotient (%.4g): nothing is written; "+
			"try other --steps, --lr or --seed, or keep the model as it is", model, r.LGQBefore)}
	case r.Race != nil:
	case !r.Improved && !c.Bool("quiet"):
		printf(c.App.ErrWriter, "warning: the gradient quotient went from %.4g to %.4g, which is no better; "+
			"it is written since --paper was asked for\n", r.GQBefore, r.GQAfter)
	}
	return nil
}

func printReport(w io.Writer, r *runReport) error {
	printInputs(w, r.Inputs)
	if r.Race != nil {
		printVerdict(w, r.Race)
	}
	printf(w, "GQ       %.4g -> %.4g\n", r.GQBefore, r.GQAfter)
	printf(w, "LGQ      %.4g -> %.4g\n", r.LGQBefore, r.LGQAfter)
	if r.Race == nil && r.Steps > 0 {
		printf(w, "steps    %d, the best after %d, %.3g ms each\n", r.Steps, r.BestStep, r.StepMS)
	}
	printf(w, "memory   %.0f MB\n", r.PeakRSSMB)
	if r.Output != "" {
		printf(w, "written  %s\n", r.Output)
	}
	printf(w, "\n")
	if r.Race != nil {
		if err := table(w, standings(r.Race.Contest, "candidate")); err != nil {
			return err
		}
		printf(w, "\n")
	}
	rows := [][]string{{"tensor", "factor", "norm before", "norm after", "reached"}}
	for _, t := range r.Tensors {
		rows = append(rows, []string{t.Name, numberText(&t.Factor, 4), numberText(&t.NormBefore, 4), numberText(&t.NormAfter, 4), numberText(t.NormReached, 4)})
	}
	if err := table(w, rows); err != nil {
		return err
	}
	if len(r.Weights) > 0 {
		printf(w, "\n")
	}
	return printTransferred(w, r.Weights)
}
