package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/urfave/cli/v2"

	"onnx-metainit/metainit"
)

// runReport is what run prints: the result and what became of it.
type runReport struct {
	*metainit.Result
	Warnings  []string      `json:"warnings"`
	Output    string        `json:"output"`  // "" if nothing was written
	Weights   []transferred `json:"weights"` // files of the framework's weights
	PeakRSSMB float64       `json:"peak_rss_mb"`
	Verdict   string        `json:"verdict,omitempty"` // of the race
}

// conclude prints the report and returns the error of a run that found nothing better.
func conclude(c *cli.Context, r *runReport, model string) error {
	var err error
	if c.Bool("json") {
		err = printJSON(c.App.Writer, formRun, r)
	} else {
		err = printReport(viewOf(c), r)
	}
	switch {
	case err != nil:
		return err
	case r.Output == "" && r.Race != nil:
		return &exit{status: statusNotImproved, message: fmt.Sprintf("%s: %s: nothing is written", model, r.Race.Verdict())}
	case r.Output == "":
		return &exit{status: statusNotImproved, message: fmt.Sprintf("%s: no step lowered the log quotient (%.4g): nothing is written; "+
			"try other --steps, --lr or --seed, or keep the model as it is", model, r.LGQBefore)}
	case r.Race != nil:
	case !r.Improved:
		warn(c, fmt.Sprintf("the gradient quotient went from %.4g to %.4g, which is no better; it is written since --paper was asked for", r.GQBefore, r.GQAfter))
	}
	return nil
}

func printReport(v *view, r *runReport) error {
	if r.Race != nil && v.format != formatCSV {
		if err := v.table(standings(r.Race.Contest, "candidate", string(r.Race.Winner))); err != nil {
			return err
		}
		v.gap()
	}
	if err := v.table(factorTable(r.Tensors)); err != nil {
		return err
	}
	if err := printTransferred(v, r.Weights, true); err != nil {
		return err
	}
	return v.facts(runFacts(r))
}

// runFacts says what became of the model, the result last.
func runFacts(r *runReport) []fact {
	list := inputFacts(r.Inputs)
	if r.Race == nil && r.Steps > 0 {
		list = append(list, fact{about: "steps", says: fmt.Sprintf("%d, the best after %d, %.3g ms each", r.Steps, r.BestStep, r.StepMS)})
	}
	list = append(list,
		fact{about: "memory", says: amount(r.PeakRSSMB*(1<<20), "B")},
		fact{about: "GQ", says: fmt.Sprintf("%.4g -> %.4g", r.GQBefore, r.GQAfter)},
		fact{about: "LGQ", says: fmt.Sprintf("%.4g -> %.4g", r.LGQBefore, r.LGQAfter)})
	if r.Race != nil {
		list = append(list, verdictFacts(r.Race)...)
	}
	for _, path := range writtenFiles(r) {
		list = append(list, fact{about: "written", says: path})
	}
	return list
}

// writtenFiles are the model, and the framework's weights.
func writtenFiles(r *runReport) []string {
	var paths []string
	if r.Output != "" {
		paths = append(paths, r.Output)
	}
	for _, w := range r.Weights {
		paths = append(paths, w.Output)
	}
	return paths
}

// factorTable has the largest change first.
func factorTable(tensors []metainit.TunedTensor) *listing {
	tensors = slices.Clone(tensors)
	slices.SortStableFunc(tensors, func(a, b metainit.TunedTensor) int { return largestFirst(a.Factor, b.Factor) })
	factors := make([]float64, len(tensors))
	for i, t := range tensors {
		factors[i] = t.Factor
	}
	axis, bars := factorBars(factors)
	l := &listing{named: true, few: true, columns: []column{
		{title: "tensor", short: asName},
		{title: "factor", numbers: true},
		{title: "norm before", numbers: true, spare: 3},
		{title: "norm after", numbers: true, spare: 2},
		{title: "reached", numbers: true, spare: 4},
		{title: axis, drawing: true, spare: 1},
	}}
	for i, t := range tensors {
		var mark colour
		if t.Factor != 1 {
			mark = changed
		}
		l.add(mark, words(t.Name), number(&t.Factor, 4), number(&t.NormBefore, 4), number(&t.NormAfter, 4), number(t.NormReached, 4), bars[i])
	}
	return l
}

// largestFirst compares factors by how much they change.
func largestFirst(a, b float64) int {
	return cmp.Compare(math.Abs(math.Log(math.Abs(b))), math.Abs(math.Log(math.Abs(a))))
}
