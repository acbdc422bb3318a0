package report

import (
	"fmt"

	"onnx-metainit/metainit"
)

// candidates is the section of the trials.
func (r *Run) candidates() section {
	s := section{ID: "candidates", Title: "Candidates", Charts: r.trialCharts(), Pairs: true, Table: r.standings()}
	s.Beside = len(s.Charts) == 1 && len(s.Table.Head) <= 3
	if steps := r.Race.Contest.Steps; steps > 0 {
		s.Lead = fmt.Sprintf("Each was trained for %d steps on tasks made for the model. "+
			"Progress is how much lower than guessing the loss came, as a difference of logarithms.", steps)
	}
	return s
}

// measure is a column of numbers of the candidates; nil where there is none.
type measure struct {
	title  string
	digits int
	of     func(*metainit.Contestant) *float64
}

// measures are the columns that say something of this race.
func (r *Run) measures() []measure {
	list := []measure{{"progress", 3, func(c *metainit.Contestant) *float64 { return &c.Progress }}}
	if r.Race.Seeds > 1 {
		list = append(list, measure{"spread", 2, func(c *metainit.Contestant) *float64 { return &c.Spread }})
	}
	if tasks := r.Race.Tasks(); len(tasks) > 1 {
		for _, task := range tasks {
			list = append(list, measure{task, 3, func(c *metainit.Contestant) *float64 {
				progress := c.Tasks[task]
				return &progress
			}})
		}
	}
	for _, c := range r.Race.Contestants {
		if c.Test != nil {
			return append(list, measure{"test loss", 4, testLoss}, measure{"test accuracy", 4, testAccuracy})
		}
	}
	return list
}

func testLoss(c *metainit.Contestant) *float64 {
	if c.Test == nil {
		return nil
	}
	return &c.Test.Loss
}

func testAccuracy(c *metainit.Contestant) *float64 {
	if c.Test == nil {
		return nil
	}
	return c.Test.Accuracy
}

// standings is the table of how the candidates fared.
func (r *Run) standings() *table {
	t := &table{Head: []column{{Text: "candidate"}}}
	measures, out := r.measures(), false
	for _, m := range measures {
		t.Head = append(t.Head, column{m.title, "number"})
	}
	for _, c := range r.Race.Contestants {
		out = out || c.Out != ""
	}
	if out {
		t.Head = append(t.Head, column{Text: "why it is out"})
	}
	for _, c := range r.Race.Contestants {
		line := row{Cells: []cell{{Text: c.Name, Class: "whole", Swatch: r.classOf(c.Name)}}}
		if c.Name == string(r.Race.Winner) {
			line.Class = "winner"
		}
		for _, m := range measures {
			number := noNumber
			if v := m.of(c); v != nil && c.Out == "" {
				number = numberCell(*v, m.digits)
			}
			line.Cells = append(line.Cells, number)
		}
		if out {
			line.Cells = append(line.Cells, cell{Text: c.Out, Class: "note"})
		}
		t.Rows = append(t.Rows, line)
	}
	return t
}
