package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
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

// candidates is the section of the trials.
func (r *Run) candidates() section {
	s := section{ID: "candidates", Title: "Candidates", Charts: r.trialCharts(), Pairs: true}
	c := r.Race.Contest
	if c.Steps > 0 {
		s.Lead = fmt.Sprintf("Each was trained for %d steps on tasks made for the model. Progress is how much lower than guessing the loss came, as a difference of logarithms.", c.Steps)
	}
	tasks := c.Tasks()
	seeds, scored, out := c.Seeds > 1, false, false
	for _, who := range c.Contestants {
		scored, out = scored || who.Test != nil, out || who.Out != ""
	}
	t := &table{Head: []column{{Text: "candidate"}, {"progress", "number"}}}
	if seeds {
		t.Head = append(t.Head, column{"spread", "number"})
	}
	if len(tasks) > 1 {
		for _, task := range tasks {
			t.Head = append(t.Head, column{task, "number"})
		}
	}
	if scored {
		t.Head = append(t.Head, column{"test loss", "number"}, column{"test accuracy", "number"})
	}
	if out {
		t.Head = append(t.Head, column{Text: "why it is out"})
	}
	for _, who := range c.Contestants {
		line := row{Cells: []cell{{Text: who.Name, Class: "whole", Swatch: r.classOf(who.Name)}}}
		if who.Name == string(r.Race.Winner) {
			line.Class = "winner"
		}
		number := func(v *float64, digits int) {
			if v == nil || who.Out != "" {
				line.Cells = append(line.Cells, noNumber)
			} else {
				line.Cells = append(line.Cells, numberCell(*v, digits))
			}
		}
		number(&who.Progress, 3)
		if seeds {
			number(&who.Spread, 2)
		}
		if len(tasks) > 1 {
			for _, task := range tasks {
				progress := who.Tasks[task]
				number(&progress, 3)
			}
		}
		if scored {
			var loss, accuracy *float64
			if who.Test != nil {
				loss, accuracy = &who.Test.Loss, who.Test.Accuracy
			}
			number(loss, 4)
			number(accuracy, 4)
		}
		if out {
			line.Cells = append(line.Cells, cell{Text: who.Out, Class: "note"})
		}
		t.Rows = append(t.Rows, line)
	}
	s.Table, s.Beside = t, len(s.Charts) == 1 && len(t.Head) <= 3
	return s
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
	t := &table{Sortable: true, Head: []column{{"#", "number"}, {"tensor", "tensor"}, {Text: "shape"}, {Text: "operator"}, {"factor", "number"}, {"norm before", "number"}, {"norm after", "number"}}}
	for i, tensor := range r.inOrder() {
		before, after := noNumber, noNumber
		if tensor.NormBefore > 0 {
			before = numberCell(tensor.NormBefore, 4)
		}
		if n := normAfter(tensor); n > 0 {
			after = numberCell(n, 4)
		}
		t.Rows = append(t.Rows, row{Cells: []cell{{Text: fmt.Sprint(i + 1), Class: "number"}, {Text: tensor.Name, Class: "tensor"}, {Text: shapeText(tensor.Shape), Class: "whole"},
			{Text: tensor.Operator, Class: "whole", Swatch: kindOf(tensor).class}, numberCell(tensor.Factor, 4), before, after}})
	}
	return t
}

// details is what somebody wants who makes the run again.
func (r *Run) details() []details {
	var list []details
	add := func(title string, rows ...fact) {
		rows = slices.DeleteFunc(rows, func(f fact) bool { return f.Text == "" })
		if len(rows) > 0 {
			list = append(list, details{title, rows})
		}
	}
	var rows []fact
	for _, f := range r.Inputs {
		rows = append(rows, fact{"input “" + f.Name + "”", strings.Trim(fmt.Sprintf("%s %s", shapeText(f.Shape), withReason(f.Values, f.Reason)), " ")})
	}
	rows = append(rows, fact{"loss", withReason(r.LossKind, r.LossReason)})
	if r.Race != nil && r.Race.BatchNorms > 0 {
		rows = append(rows, fact{"batch normalization", fmt.Sprintf("trials take the statistics of each batch in %d nodes, as training does", r.Race.BatchNorms)})
	}
	add("Data", rows...)
	rows = nil
	for _, f := range r.Files {
		rows = append(rows, fact{strings.TrimSpace(f.Role + " " + f.Name), fmt.Sprintf("%s, %.0f bytes", f.SHA256, f.Bytes)})
	}
	add("Files read, by SHA-256", rows...)
	add("Settings", flat("", r.Settings)...)
	add("Program", fact{"written", r.Output}, fact{"tool", text(r.Tool)}, fact{"schema", text(r.Schema)})
	return list
}

func withReason(what, reason string) string {
	if reason == "" {
		return what
	}
	return fmt.Sprintf("%s (%s)", what, reason)
}

// flat returns the members of an object by name, those of objects in it with a point between.
func flat(prefix string, object map[string]any) []fact {
	var list []fact
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if inner, ok := object[name].(map[string]any); ok {
			list = append(list, flat(prefix+name+".", inner)...)
		} else {
			list = append(list, fact{prefix + name, text(object[name])})
		}
	}
	return list
}

// text returns a value of JSON as text: strings as they are, lists with commas between, others as JSON.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []any:
		list := make([]string, len(v))
		for i := range v {
			list[i] = text(v[i])
		}
		return strings.Join(list, ", ")
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

// command is what was typed, or else what makes the same run again of the same model.
func (r *Run) command() string {
	if len(r.Command) > 0 || r.Flags == nil {
		return commandLine(r.Command)
	}
	model := "MODEL"
	if r.Model != "" {
		model = filepath.Base(r.Model)
	}
	args := []string{"metainit", "run", model}
	for _, name := range slices.Sorted(maps.Keys(r.Flags)) {
		for _, value := range r.Flags[name] {
			if args = append(args, "--"+name); value != "true" {
				args = append(args, value)
			}
		}
	}
	return commandLine(args)
}

// commandLine returns a command as a POSIX shell takes it; the program by its name alone.
func commandLine(args []string) string {
	words := make([]string, len(args))
	for i, arg := range args {
		if i == 0 {
			arg = filepath.Base(arg)
		}
		if words[i] = arg; arg == "" || strings.ContainsFunc(arg, special) {
			words[i] = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}

func special(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./=:,+@%", r) || r > 0x7f)
}
