package report

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"onnx-metainit/metainit"
	"onnx-metainit/metainit/report/chart"
)

// runID is that of the element with the JSON of a run.
const runID = "metainit-run"

// Page returns the HTML file of a run; name is that of the model or file it is of, where the document does not tell.
func (r *Run) Page(name string) ([]byte, error) {
	p := &page{Line: "Report of a run of metainit", Title: name, Verdict: r.verdict(), Command: r.command(), Warnings: slices.Clone(r.Warnings),
		Facts: r.facts(), DataID: runID, Data: inScript(r.document)}
	if r.Model != "" {
		p.Title = filepath.Base(r.Model)
	}
	if r.Race != nil {
		p.Sections = append(p.Sections, r.candidates())
	}
	var pair []Chart
	for _, c := range []*Chart{r.stepsChart(), r.quotientChart()} {
		if c != nil {
			pair = append(pair, *c)
		}
	}
	if len(pair) > 0 {
		p.Sections = append(p.Sections, section{ID: "quotient", Title: "Gradient quotient", Lead: r.quotientLead(), Charts: pair, Pairs: true})
	}
	if c := r.factorChart(); c != nil {
		p.Sections = append(p.Sections, section{ID: "factors", Title: "Factors by layer", Lead: c.Caption, Charts: []Chart{uncaptioned(*c)}, Single: true})
	}
	if c := r.normChart(); c != nil {
		p.Sections = append(p.Sections, section{ID: "norms", Title: "Norms by layer", Lead: c.Caption, Charts: []Chart{uncaptioned(*c)}, Single: true})
	}
	if len(r.Tensors) > 0 {
		p.Sections = append(p.Sections, section{ID: "tensors", Title: "Tensors", Lead: "Click a heading to sort by it.", Table: r.tensors()})
	}
	if d := r.details(); len(d) > 0 {
		p.Sections = append(p.Sections, section{ID: "details", Title: "Details", Details: d})
	}
	return p.render()
}

func uncaptioned(c Chart) Chart {
	c.Caption = ""
	return c
}

// verdict says in a sentence what the run came to.
func (r *Run) verdict() string {
	switch {
	case r.Verdict != "":
		return sentence(r.Verdict)
	case r.Race != nil && r.Race.Winner == metainit.Keep:
		return "No candidate is clearly better than the model as it is."
	case r.Race != nil && r.Race.Winner != "" && r.Race.Margin == 0:
		return fmt.Sprintf("%s wins: it learns, and the model as it is does not.", r.Race.Winner)
	case r.Race != nil && r.Race.Winner != "":
		return fmt.Sprintf("%s wins: it makes %s times the progress of the model as it is.", r.Race.Winner, chart.Number(r.Race.Margin, 2))
	case r.Race != nil:
		best := slices.MaxFunc(r.Race.Contestants, func(a, b *metainit.Contestant) int { return cmp.Compare(a.Progress, b.Progress) })
		return fmt.Sprintf("%s makes the most progress.", best.Name)
	case r.LGQBefore != nil && r.LGQAfter != nil && r.Steps > 0:
		return fmt.Sprintf("%d steps took the log quotient from %s to %s.", r.Steps, chart.Number(*r.LGQBefore, 3), chart.Number(*r.LGQAfter, 3))
	}
	return fmt.Sprintf("%s rescaled.", r.rescaled())
}

// sentence begins with a capital, unless the first word is the name of a candidate, and ends with a point.
func sentence(text string) string {
	if first, _, _ := strings.Cut(text, ":"); strings.Contains(first, " ") && text[0] >= 'a' && text[0] <= 'z' {
		text = string(text[0]-'a'+'A') + text[1:]
	}
	if strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}

// rescaled says how many weights have a factor.
func (r *Run) rescaled() string {
	n := 0
	for _, t := range r.Tensors {
		if t.Factor != 1 {
			n++
		}
	}
	return fmt.Sprintf("%d of %d weights", n, len(r.Tensors))
}

func (r *Run) facts() []fact {
	var list []fact
	change := func(label string, before, after *float64) {
		if before != nil && after != nil {
			list = append(list, fact{label, fmt.Sprintf("%s → %s", chart.Number(*before, 3), chart.Number(*after, 3))})
		}
	}
	if len(r.Tensors) > 0 {
		list = append(list, fact{"Rescaled", r.rescaled()})
	}
	change("Gradient quotient, GQ", r.GQBefore, r.GQAfter)
	change("Its logarithm, LGQ", r.LGQBefore, r.LGQAfter)
	if r.PeakRSSMB > 0 {
		list = append(list, fact{"Memory", fmt.Sprintf("%.0f MB", r.PeakRSSMB)})
	}
	return list
}

// quotientLead says which steps the charts are of.
func (r *Run) quotientLead() string {
	if len(r.Trace) == 0 {
		return ""
	}
	text := fmt.Sprintf("MetaInit made %d steps", len(r.Trace))
	if r.Race != nil && r.Race.From != "" {
		text += fmt.Sprintf(" from the weights of %s", r.Race.From)
	}
	if len(r.Judgements) > 0 && r.BestStep == 0 {
		text += "; none made it better"
	}
	if r.Undone > 0 {
		text += fmt.Sprintf("; %d more were not finite and were taken back", r.Undone)
	}
	return text + "."
}

// tensors is the table of all weights, in the order of the graph.
func (r *Run) tensors() *table {
	t := &table{Sortable: true, Head: []column{{"#", "number"}, {"tensor", "tensor"}, {Text: "shape"}, {Text: "operator"},
		{"factor", "number"}, {"norm before", "number"}, {"norm after", "number"}}}
	for i, tensor := range r.inOrder() {
		before, after := noNumber, noNumber
		if tensor.NormBefore > 0 {
			before = numberCell(tensor.NormBefore, 4)
		}
		if n := normAfter(tensor); n > 0 {
			after = numberCell(n, 4)
		}
		t.Rows = append(t.Rows, row{Cells: []cell{{Text: fmt.Sprint(i + 1), Class: "number"}, {Text: tensor.Name, Class: "tensor"},
			{Text: shapeText(tensor.Shape), Class: "whole"}, {Text: tensor.Operator, Class: "whole", Swatch: kindOf(tensor).class}, numberCell(tensor.Factor, 4), before, after}})
	}
	return t
}
