package main

import (
	"fmt"
	"onnx-metainit/metainit"
	"slices"
	"strings"
)

// verdictFacts say what one has to know of the trials, and who won.
func verdictFacts(r *metainit.Race) (list []fact) {
	if r.BatchNorms > 0 {
		list = append(list, fact{about: "note", says: fmt.Sprintf("trials take the statistics of each batch in %d nodes of BatchNormalization, as training does "+
			"(--batch-norm stored: those of the file)", r.BatchNorms)})
	}
	return append(append(list, finalistFacts(r.Contest)...), fact{"verdict", r.Verdict(), winning})
}

// finalistFacts say who was trained by another optimizer too.
func finalistFacts(c *metainit.Contest) []fact {
	names := c.Finalists()
	if len(names) < 2 { // one alone is a race that is settled
		return nil
	}
	return []fact{{about: "note", says: fmt.Sprintf("the best are close: %s were trained by %s too, and the mean counts", strings.Join(names, ", "), c.Second)}}
}

// standings is a table of how the contestants fared; the title is what they are, and the winner is marked.
func standings(c *metainit.Contest, title, winner string) *listing {
	l := &listing{columns: []column{{title: title, short: asName}, {title: "progress", numbers: true}}}
	if c.Seeds > 1 {
		l.columns = append(l.columns, column{title: "spread", numbers: true, spare: 1})
	}
	tasks := c.Tasks()
	for _, task := range tasks {
		l.columns = append(l.columns, column{title: task, numbers: true, spare: 3})
	}
	scored := slices.ContainsFunc(c.Contestants, func(who *metainit.Contestant) bool { return who.Test != nil })
	if scored {
		l.columns = append(l.columns, column{title: "test loss", numbers: true}, column{title: "test accuracy", numbers: true})
	}
	l.columns = append(l.columns, column{title: "loss", drawing: true, spare: 2})
	if slices.ContainsFunc(c.Contestants, func(who *metainit.Contestant) bool { return who.Out != "" }) {
		l.columns = append(l.columns, column{title: "out", short: asNote})
	}
	for _, who := range c.Contestants {
		var mark colour
		if who.Name == winner {
			mark = winning
		}
		l.add(mark, standing(c, who, tasks, scored)...)
	}
	return l
}

// standing is a row of the standings. Who is out has no numbers.
func standing(c *metainit.Contest, who *metainit.Contestant, tasks []string, scored bool) []cell {
	figure := func(v *float64, digits int) cell {
		if who.Out != "" {
			return words("-")
		}
		return number(v, digits)
	}
	row := []cell{words(who.Name), figure(&who.Progress, 3)}
	if c.Seeds > 1 {
		row = append(row, figure(&who.Spread, 2))
	}
	for _, task := range tasks {
		progress := who.Tasks[task]
		row = append(row, figure(&progress, 3))
	}
	if scored {
		var score metainit.Score
		if who.Test != nil {
			score = *who.Test
		}
		row = append(row, figure(&score.Loss, 4), figure(score.Accuracy, 4))
	}
	if who.Out != "" {
		return append(row, words(""), words(who.Out))
	}
	return append(row, words(sparkline(who.Trials[0].Losses, curveLength)))
}
