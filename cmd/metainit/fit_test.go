package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestShortNames(t *testing.T) {
	names := []string{"conv.weight", "encoder.layers.encoder_layer_10.self_attention.out_proj.weight", "encoder.ln.bias", "/層/重みの名前/層の名前/w", ""}
	for width, want := range map[int][]string{
		62: names,
		57: {"conv.weight", "e….layers.encoder_layer_10.self_attention.out_proj.weight", "e….ln.bias", names[3], ""},
		45: {"conv.weight", "e….l….e…10.self_attention.out_proj.weight", "e….ln.bias", names[3], ""},
		24: {"conv.weight", "e….l….e…10.s….o….weight", "e….ln.bias", "/層/重…/層の名前/w", ""},
		8:  {"co…eight", "e…weight", "e….….bias", "/…層…/w", ""},
	} {
		for i, name := range shortNames(names, width) {
			if columnsOf(name) > width {
				t.Errorf("%d: %q is too long", width, name)
			}
			if width > 8 && name != want[i] {
				t.Errorf("%d: got %q, want %q", width, name, want[i])
			}
		}
	}
}

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

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text           string
		screen, indent int
		want           []string
	}{
		{"a b c", 0, 0, []string{"a b c"}},
		{"a  b c", 6, 0, []string{"a  b c"}},
		{"a b c", 3, 0, []string{"a b", "c"}},
		{"abcdefg h", 5, 2, []string{"abc", "def", "g h"}},
		{"層層層", 5, 0, []string{"層層", "層"}},
		{"層", 1, 0, []string{"層"}},
		{"", 5, 0, []string{""}},
		{"a b", 5, 9, []string{"a", "b"}},
	} {
		if got := wrap(c.text, c.screen, c.indent); !slices.Equal(got, c.want) {
			t.Errorf("%q in %d: got %q, want %q", c.text, c.screen, got, c.want)
		}
	}
	if got, want := string(wrapped([]byte("one two three\nfour\nfive six"), 8)), "one\n  two\n  three\nfour\nfive six"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
