package chart

import (
	"fmt"
	"math"
)

// Bars shows factors as bars on a logarithmic axis that begin at 1: as rows with names, or where they are many as columns with
// the names of groups.
type Bars struct {
	Title string
	Items []Bar
	Keys  []Key
}

// Bar is a factor greater than 0.
type Bar struct {
	Name  string
	Group string // what it stands in a row with
	Class string
	Value float64
	Note  string // behind the name and value when one points at it
}

// mostRows is how many rows there are at most; more are columns.
const mostRows = 40

const rowHeight = 20.0

// SVG draws the chart.
func (c Bars) SVG(width float64) string {
	values := []float64{1}
	for _, b := range c.Items {
		values = append(values, b.Value)
	}
	if len(c.Items) > mostRows {
		return c.columns(values, width)
	}
	return c.rows(values, width)
}

func (c Bars) rows(values []float64, width float64) string {
	const head = 24
	top := newDrawing("bars", c.Title, width, 0).legend(c.Keys, 0, 0) + head
	d := newDrawing("bars", c.Title, width, top+rowHeight*float64(len(c.Items))+2)
	d.legend(c.Keys, 0, 0)
	names := d.nameWidth(c.names())
	const valueWidth = 44
	x := fit(values, true, names+valueWidth, width-valueWidth)
	d.rulesX(x, top, d.height)
	one := x.at(1)
	for i, b := range c.Items {
		y, at := top+rowHeight*float64(i), x.at(b.Value)
		d.begin("item", b.title())
		d.rect("hit", 0, y, width, rowHeight)
		d.text("item-name", "start", 0, y+14, shortened(b.Name, nameSize, names-10))
		d.rect("bar "+b.Class, min(one, at)-0.5, y+4, math.Abs(at-one)+1, rowHeight-8)
		if at >= one {
			d.text("value", "start", at+6, y+14, Digits(b.Value, 3))
		} else {
			d.text("value", "end", at-6, y+14, Digits(b.Value, 3))
		}
		d.end()
	}
	d.line("base", one, top, one, d.height)
	return d.svg()
}

func (c Bars) columns(values []float64, width float64) string {
	const plot = 200
	top := newDrawing("bars", c.Title, width, 0).legend(c.Keys, 0, 0) + 12
	d := newDrawing("bars", c.Title, width, top+plot+34)
	d.legend(c.Keys, 0, 0)
	y := fit(values, true, top+plot, top)
	left := axisWidth(y)
	d.axisY(y, "", left, width)
	one, step := y.at(1), (width-left)/float64(len(c.Items))
	for i, b := range c.Items {
		x, at := left+step*float64(i), y.at(b.Value)
		d.begin("item", b.title())
		d.rect("hit", x, top, step, plot)
		gap := min(3, step*0.25)
		d.rect("bar "+b.Class, x+gap/2, min(one, at)-0.5, step-gap, math.Abs(at-one)+1)
		d.end()
	}
	d.line("base", left, one, width, one)
	d.groups(c.groups(), left, step, top+plot+6)
	return d.svg()
}

func (c Bars) names() []string {
	list := make([]string, len(c.Items))
	for i, b := range c.Items {
		list[i] = b.Name
	}
	return list
}

func (c Bars) groups() []string {
	list := make([]string, len(c.Items))
	for i, b := range c.Items {
		list[i] = b.Group
	}
	return list
}

func (b Bar) title() string {
	text := fmt.Sprintf("%s: %s", b.Name, Number(b.Value, 4))
	if b.Note != "" {
		text += ", " + b.Note
	}
	return text
}

// nameWidth is the room for names of rows: what they take, up to a part of the whole.
func (d *drawing) nameWidth(names []string) float64 {
	width := 0.0
	for _, name := range names {
		width = max(width, widthOf(shortened(name, nameSize, d.width), nameSize))
	}
	return min(width+14, 0.4*d.width)
}

// groups draws a line below the columns of each group, with its name where that keeps apart from the one before.
func (d *drawing) groups(names []string, left, step, y float64) {
	const gap = 8
	free := 0.0
	for from := 0; from < len(names); {
		to := from
		for to < len(names) && names[to] == names[from] {
			to++
		}
		x, width := left+step*float64(from), step*float64(to-from)
		if width > 3 {
			d.line("group", x+1, y, x+width-1, y)
		}
		half := widthOf(names[from], textSize) / 2
		if middle := max(half, min(x+width/2, d.width-half)); middle-half >= free && names[from] != "" {
			d.text("tick", "middle", middle, y+16, names[from])
			free = middle + half + gap
		}
		from = to
	}
}
