package report

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"

	"onnx-metainit/metainit"
	"onnx-metainit/metainit/report/chart"
)

// Comparison is how the tensors of two files differ.
type Comparison struct {
	A, B string // the files
	*metainit.Difference
}

// comparisonID is that of the element with the JSON of a comparison.
const comparisonID = "metainit-diff"

// Page returns the HTML file of a comparison.
func (c *Comparison) Page() ([]byte, error) {
	document, err := json.Marshal(c.Difference)
	if err != nil {
		return nil, err
	}
	count := make(map[metainit.Status]int)
	for _, t := range c.Tensors {
		count[t.Status]++
	}
	p := &page{Line: "Comparison by metainit", Title: fmt.Sprintf("%s → %s", filepath.Base(c.A), filepath.Base(c.B)), Verdict: c.verdict(count),
		Command: commandLine([]string{"metainit", "diff", c.A, c.B}), DataID: comparisonID, Data: inScript(document)}
	for _, status := range []metainit.Status{metainit.StatusSame, metainit.StatusScaled, metainit.StatusChanged,
		metainit.StatusRenamed, metainit.StatusAdded, metainit.StatusRemoved} {
		if n := count[status]; n > 0 {
			p.Facts = append(p.Facts, fact{string(status), fmt.Sprint(n)})
		}
	}
	if !c.Same {
		p.Sections = append(p.Sections, section{ID: "tensors", Title: "What differs", Lead: "Click a heading to sort by it.", Table: c.table()})
	}
	if charts := c.Charts(); len(charts) > 0 {
		p.Sections = append(p.Sections, section{ID: "values", Title: "Values", Values: charts,
			Lead: fmt.Sprintf("How the elements of each tensor that differs are distributed, in A, %s, and in B, %s.", filepath.Base(c.A), filepath.Base(c.B))})
	}
	return p.render()
}

func (c *Comparison) verdict(count map[metainit.Status]int) string {
	if c.Same {
		return fmt.Sprintf("All %d tensors are the same.", len(c.Tensors))
	}
	return fmt.Sprintf("%d of %d tensors are the same.", count[metainit.StatusSame], len(c.Tensors))
}

func (c *Comparison) table() *table {
	t := &table{Sortable: true, Head: []column{{"tensor", "tensor"}, {Text: "status"}, {"factor", "number"}, {"cosine", "number"}, {"max abs", "number"}}}
	noted := slices.ContainsFunc(c.Tensors, func(t metainit.TensorDifference) bool { return t.Note != "" || t.Other != "" })
	if noted {
		t.Head = append(t.Head, column{Text: "note"})
	}
	for _, d := range c.Tensors {
		if d.Status == metainit.StatusSame && d.Other == "" && d.Note == "" {
			continue
		}
		line := row{Cells: []cell{{Text: d.Name, Class: "tensor"}, {Text: string(d.Status), Class: "whole"}}}
		for i, v := range []*float64{d.Factor, d.Cosine, d.MaxAbs} {
			number := noNumber
			if v != nil {
				number = numberCell(*v, []int{6, 6, 4}[i])
				number.Text = chart.Number(*v, []int{6, 6, 4}[i])
			}
			line.Cells = append(line.Cells, number)
		}
		if noted {
			line.Cells = append(line.Cells, cell{Text: noteOf(d), Class: "note"})
		}
		t.Rows = append(t.Rows, line)
	}
	return t
}

func noteOf(d metainit.TensorDifference) string {
	switch {
	case d.Other != "" && d.Note != "":
		return fmt.Sprintf("now %s, %s", d.Other, d.Note)
	case d.Other != "":
		return "now " + d.Other
	}
	return d.Note
}

// Charts returns the histograms of the tensors that differ, both of each over one another.
func (c *Comparison) Charts() []Chart {
	var list []Chart
	for i, h := range c.Histograms {
		if h == nil || i >= len(c.Tensors) {
			continue
		}
		d := c.Tensors[i]
		bins := max(len(h.A), 1)
		set := func(class, label string, counts []int64) chart.Set {
			total := int64(0)
			for _, n := range counts {
				total += n
			}
			return chart.Set{Key: chart.Key{Class: class, Label: label}, Counts: counts, Total: total}
		}
		caption := string(d.Status)
		if d.Factor != nil {
			caption += " by " + chart.Number(*d.Factor, 5)
		}
		hist := chart.Histogram{Title: "Values of " + d.Name, From: h.Low, Width: h.High/float64(bins) - h.Low/float64(bins),
			Sets: []chart.Set{set("c0", "A", h.A), set("c1", "B", h.B)}}
		list = append(list, Chart{Name: fmt.Sprintf("values-%d", i), Title: d.Name, Caption: caption, SVG: hist.SVG(272, 150)})
	}
	return list
}
