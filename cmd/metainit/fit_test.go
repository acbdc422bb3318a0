package main

import (
	"fmt"
	"strings"
	"testing"
)

// TestFit: at every width a table of long names, numbers and notes is no wider, and says which columns are left out.
func TestFit(t *testing.T) {
	for width := 12; width < 150; width++ {
		l := &listing{columns: []column{
			{title: "tensor", short: asName},
			{title: "norm", numbers: true, spare: 1},
			{title: "bar", drawing: true, spare: 2},
			{title: "note", short: asNote, spare: 3},
		}}
		for i := range 5 {
			v := 1.0 / float64(i+1)
			l.add(0, words(fmt.Sprintf("encoder.layer_%d.attention.output.weight", i)), number(&v, 5), words("│███"), words(strings.Repeat("a reason ", i)))
		}
		text := printed(t, &view{format: formatText, width: width}, l)
		for _, line := range strings.Split(text, "\n") {
			if columnsOf(line) > width {
				t.Errorf("%d: %q is too long", width, line)
			}
		}
		for _, title := range []string{"NORM", "NOTE"} {
			if strings.Contains(text, title) == strings.Contains(strings.ReplaceAll(text, "\n", " "), strings.ToLower(title)) {
				t.Errorf("%d: %s is neither there nor left out:\n%s", width, title, text)
			}
		}
	}
}

// TestFitMeasures: a name of wide characters is left alone where there is just enough room for it.
func TestFitMeasures(t *testing.T) {
	for width, want := range map[int]string{17: "層の重み.層の重み", 16: "層….層の重み"} {
		l := &listing{columns: []column{{title: "tensor", short: asName}}}
		l.add(0, words("層の重み.層の重み"))
		if got := printed(t, &view{format: formatText, width: width}, l); got != "TENSOR\n"+want+"\n" {
			t.Errorf("%d: got %s", width, got)
		}
	}
}
