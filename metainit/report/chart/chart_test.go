package chart

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"regexp"
	"strings"
	"testing"
)

const hostile = "</text><script>alert(1)</script>\x00\x1b[31m\u202e\"'&\xff"

// drawings are charts of nothing, one thing, many, of numbers of all kinds and hostile names, by what they show.
func drawings() map[string]string {
	list := make(map[string]string)
	numbers := []float64{1, 2, 0, -1, 1e-300, 1e300, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64}
	for _, n := range []int{0, 1, 3, 60} {
		var bars Bars
		var pairs Pairs
		lines := Lines{Title: hostile, X: hostile, Y: hostile, Log: n%2 == 1, Rules: []Rule{{2, hostile}, {math.NaN(), "none"}}}
		counts := make([]int64, n)
		for k := range n {
			v, w := numbers[k%len(numbers)], numbers[(k+3)%len(numbers)]
			bars.Items = append(bars.Items, Bar{Name: hostile, Group: fmt.Sprint(k / 7), Class: "c1", Value: v, Note: hostile})
			pairs.Items = append(pairs.Items, Pair{Name: hostile, Group: hostile, Class: "c2", Before: v, After: w})
			lines.Series = append(lines.Series, Series{Name: hostile, Class: "c3", Bold: k == 1, X: []float64{1, 2, float64(k)}, Y: []float64{v, w, v}, Marks: true, Best: k, Note: "best"})
			counts[k] = int64(k)
		}
		bars.Title, bars.Keys = hostile, []Key{{"c1", hostile}, {"c2", "b"}}
		pairs.Title, pairs.Keys = hostile, bars.Keys
		histogram := Histogram{Title: hostile, X: hostile, From: -3, Width: 0.2, Log: n%2 == 1, Sets: []Set{{Key{"c0", hostile}, counts, 100}, {Key{"c1", "b"}, make([]int64, n), 0}}}
		for _, width := range []float64{360, 880} {
			at := fmt.Sprintf("%d, %v wide", n, width)
			list["bars "+at], list["pairs "+at] = bars.SVG(width), pairs.SVG(width)
			list["lines "+at], list["histogram "+at] = lines.SVG(width, 250), histogram.SVG(width, 250)
		}
	}
	return list
}

var notFinite = regexp.MustCompile(`="[^"]*(NaN|Inf)`)

// TestDrawings: every chart is XML, alone and as a file, without numbers that are not finite and without elements from names.
func TestDrawings(t *testing.T) {
	for name, svg := range drawings() {
		for _, text := range []string{svg, Standalone(svg)} {
			if at := notFinite.FindString(text); at != "" {
				t.Errorf("%s: %s", name, at)
			}
			d := xml.NewDecoder(strings.NewReader(text))
			for {
				token, err := d.Token()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Errorf("%s: %v", name, err)
					break
				}
				if e, ok := token.(xml.StartElement); ok && e.Name.Local == "script" {
					t.Errorf("%s: an element %s", name, e.Name.Local)
				}
			}
			if strings.ContainsAny(text, "\x00\x1b\u202e") {
				t.Errorf("%s: control characters are left", name)
			}
		}
	}
}

// TestMarks counts what is drawn.
func TestMarks(t *testing.T) {
	items, pairs := make([]Bar, 50), make([]Pair, 50)
	for k := range items {
		items[k] = Bar{Name: fmt.Sprint(k), Class: "c1", Value: 1 + float64(k)}
		pairs[k] = Pair{Name: fmt.Sprint(k), Class: "c1", Before: 1, After: 2}
	}
	pairs[7].Before = 0
	line := Lines{Series: []Series{{Name: "a", Class: "c1", X: []float64{0, 1, 2}, Y: []float64{1, math.MaxFloat64, 2}, Marks: true, Best: 2, Note: "best"}}}
	histogram := Histogram{Width: 1, Sets: []Set{{Key{"c0", "a"}, []int64{1, 0, 3}, 4}, {Key{"c1", "b"}, []int64{0, 0, 2}, 2}}}
	for _, c := range []struct {
		svg, mark string
		want      int
	}{
		{Bars{Items: items[:5]}.SVG(360), `class="bar c1"`, 5},
		{Bars{Items: items[:5]}.SVG(360), `class="item-name"`, 5},
		{Bars{Items: items}.SVG(360), `class="bar c1"`, 50},
		{Bars{Items: items}.SVG(360), `class="item-name"`, 0},
		{Pairs{Items: pairs}.SVG(880), `class="before"`, 49},
		{Pairs{Items: pairs}.SVG(880), `class="after"`, 50},
		{Pairs{Items: pairs}.SVG(880), `class="link"`, 49},
		{line.SVG(424, 250), `class="line"`, 1},
		{line.SVG(424, 250), `M`, 2}, // the line is broken at what is not finite
		{line.SVG(424, 250), `class="mark`, 2},
		{line.SVG(424, 250), `class="mark best"`, 1},
		{histogram.SVG(424, 250), `class="area"`, 2},
		{histogram.SVG(424, 250), `class="bin"`, 2},
	} {
		if got := strings.Count(c.svg, c.mark); got != c.want {
			t.Errorf("%d of %s, want %d, in %s", got, c.mark, c.want, c.svg)
		}
	}
}

// TestStandalone: a file has its colours itself, in both schemes, and room around the chart.
func TestStandalone(t *testing.T) {
	file := Standalone(Bars{Title: "a < b", Items: []Bar{{Name: "a", Class: "c1", Value: 2}}}.SVG(360))
	for _, part := range []string{`width="392"`, `viewBox="-16 -44 392 `, `<text class="title" y="-12">a &lt; b</text>`, darkQuery, ".paper { fill: " + light[0][1], ".paper { fill: " + dark[0][1], "</svg>"} {
		if !strings.Contains(file, part) {
			t.Errorf("%s is not in %s", part, file)
		}
	}
	if strings.Contains(file, "var(") {
		t.Errorf("a custom property is in %s", file)
	}
	if style := Style(); !strings.Contains(style, "--c7: "+light[11][1]) || !strings.Contains(style, "--c7: "+dark[11][1]) {
		t.Errorf("no colours in %s", style)
	}
}
