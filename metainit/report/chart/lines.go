package chart

import (
	"fmt"
	"slices"
	"strings"

	"onnx-metainit/metainit/report/escape"
)

// Lines shows numbers over steps, one line for each series, whose name stands at its end.
type Lines struct {
	Title string
	X, Y  string // what the axes show
	Log   bool   // the vertical axis is logarithmic: what is not above 0 is left out

	Series []Series
	Rules  []Rule
}

// Series is the numbers of a line. Those that are not finite, or the largest there is, are left out.
type Series struct {
	Name  string
	Class string // c0 to c7, of the palette
	Bold  bool   // drawn above the others
	X     []float64
	Y     []float64
	Marks bool   // each point gets a circle
	Best  int    // the point whose circle is filled and has a name; -1: none
	Note  string // that name
}

// Rule is a value to compare with, as a line across.
type Rule struct {
	Y    float64
	Name string
}

// SVG draws the chart.
func (c Lines) SVG(width, height float64) string {
	d := newDrawing("lines", c.Title, width, height)
	var xs, ys []float64
	room := 0.0
	for _, s := range c.Series {
		xs, ys = append(xs, s.X...), append(ys, s.Y...)
		room = max(room, widthOf(escape.Text(s.Name), textSize)+14)
	}
	for _, r := range c.Rules {
		room = max(room, widthOf(escape.Text(r.Name), textSize)+14)
		ys = append(ys, r.Y)
	}
	room = min(room, width/3)
	y := fit(ys, c.Log, height-40, 26)
	x := fit(xs, false, axisWidth(y), width-max(room, 10))
	if len(xs) > 0 {
		x.Low, x.High = slices.Min(xs), max(slices.Max(xs), slices.Min(xs)+1)
	}
	d.axisY(y, c.Y, x.From, x.To)
	d.axisX(x, c.X, y.From)
	var labels []endLabel
	for _, r := range c.Rules {
		if y.shows(r.Y) {
			at := y.at(r.Y)
			d.line("rule", x.From, at, x.To, at)
			labels = append(labels, endLabel{name: r.Name, x: x.To, y: at})
		}
	}
	for _, bold := range []bool{false, true} {
		for _, s := range c.Series {
			if s.Bold == bold {
				if label, ok := d.series(s, x, y); ok {
					labels = append(labels, label)
				}
			}
		}
	}
	d.endLabels(labels, x.To, y.To, y.From, room-14)
	return d.svg()
}

// series draws a line, and returns the label for its end if it has any point.
func (d *drawing) series(s Series, x, y scale) (endLabel, bool) {
	var data strings.Builder
	var end endLabel
	drawn, last := false, 0.0
	for i, v := range s.Y {
		if !y.shows(v) {
			drawn = false
			continue
		}
		verb := "L"
		if !drawn {
			verb = "M"
		}
		end.x, end.y, drawn, last = x.at(s.X[i]), y.at(v), true, v
		fmt.Fprintf(&data, "%s%s %s", verb, number(end.x), number(end.y))
	}
	if data.Len() == 0 {
		return end, false
	}
	class := "series " + s.Class
	if s.Bold {
		class += " bold"
	}
	d.begin(class, fmt.Sprintf("%s: %s at last", s.Name, Number(last, 3)))
	d.path("line", data.String())
	if s.Marks {
		d.marks(s, x, y)
	}
	d.end()
	end.name, end.class = s.Name, s.Class
	return end, true
}

// marks draws a circle at each point.
func (d *drawing) marks(s Series, x, y scale) {
	for i, v := range s.Y {
		if !y.shows(v) {
			continue
		}
		left, top := x.at(s.X[i]), y.at(v)
		class := "mark"
		if i == s.Best {
			class = "mark best"
			half, below := widthOf(s.Note, textSize)/2, top+18
			if below > y.From-4 {
				below = top - 9
			}
			d.text("name", "middle", max(x.From+half, min(left, x.To-half)), below, s.Note)
		}
		d.begin("point", fmt.Sprintf("%s, %s: %s", s.Name, Number(s.X[i], 6), Number(v, 4)))
		d.circle(class, left, top, 4)
		d.end()
	}
}

// endLabel is the name of a line, which ends at a place.
type endLabel struct {
	name, class string
	x, y        float64
	at          float64 // where the name is
}

const labelRow = 14.0

// endLabels writes the names beside the plot, apart from each other, with a line to the end where that is not beside it.
func (d *drawing) endLabels(labels []endLabel, right, top, bottom, room float64) {
	labels = slices.DeleteFunc(labels, func(l endLabel) bool { return l.name == "" })
	if most := int((bottom-top)/labelRow) + 1; len(labels) > most {
		labels = labels[len(labels)-most:] // the bold ones are among the last
	}
	slices.SortStableFunc(labels, func(a, b endLabel) int { return int(100 * (a.y - b.y)) })
	at := top - labelRow
	for i := range labels {
		at = max(at+labelRow, labels[i].y)
		labels[i].at = at
	}
	at = bottom + labelRow
	for i := range slices.Backward(labels) {
		at = min(at-labelRow, labels[i].at)
		labels[i].at = at
	}
	for _, l := range labels {
		if room <= 0 {
			continue
		}
		if l.x < right-1 || l.at-l.y > 3 || l.y-l.at > 3 {
			d.path("leader "+l.class, fmt.Sprintf("M%s %sL%s %s", number(l.x), number(l.y), number(right+8), number(l.at)))
		}
		class := "name " + l.class
		if l.class == "" {
			class = "label"
		}
		d.text(class, "start", right+10, l.at+4, shortened(l.name, textSize, room))
	}
}
