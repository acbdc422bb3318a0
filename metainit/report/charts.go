package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"onnx-metainit/metainit"
	"onnx-metainit/metainit/report/chart"
)

// Chart is a chart of a page, as SVG. What is wide has a narrow form too, for telephones.
type Chart struct {
	Name    string // of a file, without extension
	Title   string
	Caption string
	SVG     string
	Narrow  string // "" if SVG is narrow enough
}

// File returns the chart as an SVG file of its own.
func (c Chart) File() string { return chart.Standalone(c.SVG) }

const (
	wide   = 880.0 // pixels
	half   = 424.0
	narrow = 360.0
)

// Charts returns all charts of a run.
func (r *Run) Charts() []Chart {
	list := r.trialCharts()
	for _, c := range []*Chart{r.stepsChart(), r.quotientChart(), r.factorChart(), r.normChart()} {
		if c != nil {
			list = append(list, *c)
		}
	}
	return list
}

// trialCharts returns the losses of the trials, one chart for each task and optimizer.
func (r *Run) trialCharts() []Chart {
	if r.Race == nil {
		return nil
	}
	type heat struct{ task, optimizer string }
	var order []heat
	series := make(map[heat][]chart.Series)
	base := make(map[heat]float64)
	for _, c := range r.Race.Contestants {
		named := make(map[heat]bool)
		for _, t := range c.Trials {
			h := heat{t.Task, string(t.Optimizer)}
			if !slices.Contains(order, h) {
				order, base[h] = append(order, h), t.Base
			}
			s := chart.Series{Name: c.Name, Class: r.classOf(c.Name), Bold: c.Name == string(r.Race.Winner), Best: -1, Y: t.Losses}
			if named[h] {
				s.Name = "" // another seed
			}
			named[h] = true
			for k := range t.Losses {
				s.X = append(s.X, float64(k+1))
			}
			series[h] = append(series[h], s)
		}
	}
	var list []Chart
	for _, h := range order {
		c := chart.Lines{Title: fmt.Sprintf("Loss in the trials: %s, %s", h.task, h.optimizer), X: "step", Y: "loss", Log: true, Series: series[h]}
		if slices.ContainsFunc(c.Series, func(s chart.Series) bool { return slices.ContainsFunc(s.Y, func(v float64) bool { return v <= 0 }) }) {
			c.Log = false
		}
		if base[h] > 0 {
			c.Rules = []chart.Rule{{Y: base[h], Name: "guessing"}}
		}
		title := fmt.Sprintf("Task %s, %s", h.task, optimizerName(h.optimizer))
		list = append(list, Chart{Name: fileName("trials", h.task, h.optimizer), Title: title, SVG: c.SVG(half, 270)})
	}
	return list
}

// classOf returns the colour of a candidate: that of text for the first, which the others have to beat.
func (r *Run) classOf(candidate string) string {
	i := slices.IndexFunc(r.Race.Contestants, func(c *metainit.Contestant) bool { return c.Name == candidate })
	if i > 0 {
		i = (i-1)%(chart.NumColors-1) + 1
	}
	return fmt.Sprintf("c%d", max(i, 0))
}

func optimizerName(o string) string {
	switch o {
	case "adam":
		return "Adam"
	case "sgd":
		return "SGD"
	}
	return o
}

// stepsChart shows the objective over MetaInit's steps.
func (r *Run) stepsChart() *Chart {
	if len(r.Trace) == 0 {
		return nil
	}
	steps := chart.Series{Name: "each batch", Class: "c0", Best: -1, Y: r.Trace}
	for k := range r.Trace {
		steps.X = append(steps.X, float64(k))
	}
	c := chart.Lines{Title: "Objective over the steps of MetaInit", X: "steps made", Y: "quotient", Log: slices.Min(r.Trace) > 0,
		Series: []chart.Series{steps}}
	caption := "The quotient on the batch of each step."
	if len(r.Judgements) > 0 {
		held := chart.Series{Name: "held out", Class: "c1", Bold: true, Marks: true, Best: -1}
		for i, j := range r.Judgements {
			held.X, held.Y = append(held.X, float64(j.Step)), append(held.Y, j.LGQ)
			if j.Step == r.BestStep {
				held.Best, held.Note = i, "best"
			}
		}
		c.Y, c.Series = "LGQ", append(c.Series, held)
		caption = "LGQ on the batch of each step, and judged on batches held out; what these say best is taken."
	}
	return &Chart{Name: "objective", Title: "Objective", Caption: caption, SVG: c.SVG(half, 270)}
}

// quotientChart shows how the elements of the quotient are distributed.
func (r *Run) quotientChart() *Chart {
	q := r.Quotients
	if q == nil {
		return nil
	}
	first, last := len(q.Before.Counts), -1
	for k := range q.Before.Counts {
		if q.Before.Counts[k]+q.After.Counts[k] > 0 {
			first, last = min(first, k), max(last, k)
		}
	}
	if first > last {
		return nil
	}
	set := func(c *metainit.QuotientCounts, class, label string) (chart.Set, string) {
		total := c.Below + c.Above
		for _, n := range c.Counts {
			total += n
		}
		return chart.Set{Key: chart.Key{Class: class, Label: label}, Counts: c.Counts[first : last+1], Total: total}, percent(c.Damped, total)
	}
	before, dampedBefore := set(q.Before, "c0", "before")
	after, dampedAfter := set(q.After, "c1", "after")
	c := chart.Histogram{Title: "Elements of the gradient quotient", X: "|q|: what a step changes of the gradient, relative to it",
		From: q.From + float64(first)*q.Width, Width: q.Width, Log: true, Sets: []chart.Set{before, after}}
	caption := fmt.Sprintf("Shares of all elements. The gradient is smaller than ε = %s in %s of them before and %s after: there ε decides.",
		chart.Number(q.Epsilon, 2), dampedBefore, dampedAfter)
	return &Chart{Name: "quotients", Title: "Elements of the quotient", Caption: caption, SVG: c.SVG(half, 270)}
}

func percent(part, whole int64) string {
	if whole <= 0 {
		return "0 %"
	}
	share := 100 * float64(part) / float64(whole)
	if share > 0 && share < 0.01 {
		return "less than 0.01 %"
	}
	return chart.Number(share, 3) + " %"
}

// factorChart shows the factor of each weight.
func (r *Run) factorChart() *Chart {
	tensors := r.inOrder()
	if len(tensors) == 0 {
		return nil
	}
	c := chart.Bars{Title: "Factors by layer", Keys: keysOf(tensors)}
	groups := groupsOf(namesOf(tensors))
	for i, t := range tensors {
		bar := chart.Bar{Name: t.Name, Group: groups[i], Class: kindOf(t).class, Value: math.Abs(t.Factor), Note: describe(t)}
		if t.Factor < 0 {
			bar.Note = strings.TrimPrefix(bar.Note+", turned around", ", ")
		}
		c.Items = append(c.Items, bar)
	}
	return &Chart{Name: "factors", Title: "Factors", Caption: "What the norm of each weight is multiplied by, in the order of the graph.",
		SVG: c.SVG(wide), Narrow: c.SVG(narrow)}
}

// normChart shows the norm of each weight before and after.
func (r *Run) normChart() *Chart {
	tensors := r.inOrder()
	c := chart.Pairs{Title: "Norms before and after", Keys: keysOf(tensors)}
	groups := groupsOf(namesOf(tensors))
	any := false
	for i, t := range tensors {
		any = any || t.NormBefore > 0
		c.Items = append(c.Items, chart.Pair{Name: t.Name, Group: groups[i], Class: kindOf(t).class, Before: t.NormBefore, After: normAfter(t)})
	}
	if !any {
		return nil
	}
	return &Chart{Name: "norms", Title: "Norms", Caption: "The Euclidean norm of each weight, before and after.", SVG: c.SVG(wide), Narrow: c.SVG(narrow)}
}

func namesOf(tensors []metainit.TunedTensor) []string {
	names := make([]string, len(tensors))
	for i, t := range tensors {
		names[i] = t.Name
	}
	return names
}

// describe says what a tensor is, such as 64×3×7×7, Conv.
func describe(t metainit.TunedTensor) string {
	return strings.Trim(shapeText(t.Shape)+", "+t.Operator, ", ")
}

func shapeText(shape []int) string {
	sizes := make([]string, len(shape))
	for i, d := range shape {
		sizes[i] = fmt.Sprint(d)
	}
	return strings.Join(sizes, "×")
}

// fileName joins parts to a name without characters that mean anything in paths.
func fileName(parts ...string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '_'
	}, strings.Join(parts, "-"))
}

// ChartNames returns the names that charts of a run can have.
func ChartNames() []string {
	names := []string{"objective", "quotients", "factors", "norms"}
	for _, task := range []string{metainit.TaskMeans, metainit.TaskMemorizing, metainit.TaskStructured, metainit.TaskGiven} {
		for _, optimizer := range []metainit.Optimizer{metainit.Adam, metainit.SGD} {
			names = append(names, fileName("trials", task, string(optimizer)))
		}
	}
	return names
}
