package chart

import (
	"fmt"
	"slices"
)

// Pairs shows a number before and after for each item on a logarithmic axis, as two circles with a line between: in rows with
// names, or where they are many in columns with the names of groups.
type Pairs struct {
	Title string
	Items []Pair
	Keys  []Key
}

// Pair is two numbers. One that is not above 0 has no circle.
type Pair struct {
	Name, Group, Class string
	Before, After      float64
}

// SVG draws the chart.
func (c Pairs) SVG(width float64) string {
	var values []float64
	for _, p := range c.Items {
		values = append(values, p.Before, p.After)
	}
	keys := slices.Concat([]Key{{"hollow", "before"}, {"solid", "after"}}, c.Keys)
	if len(c.Items) > mostRows {
		return c.columns(values, keys, width)
	}
	return c.rows(values, keys, width)
}

func (c Pairs) rows(values []float64, keys []Key, width float64) string {
	const head = 24
	top := newDrawing("pairs", c.Title, width, 0).legend(keys, 0, 0) + head
	d := newDrawing("pairs", c.Title, width, top+rowHeight*float64(len(c.Items))+2)
	d.legend(keys, 0, 0)
	names := d.nameWidth(c.each(func(p Pair) string { return p.Name }))
	x := fit(values, true, names+8, width-8)
	d.rulesX(x, top, d.height)
	for i, p := range c.Items {
		y := top + rowHeight*float64(i)
		d.begin("item", p.title())
		d.rect("hit", 0, y, width, rowHeight)
		d.text("item-name", "start", 0, y+14, shortened(p.Name, nameSize, names-10))
		d.pair(p, x, 4.5, func(at float64) (float64, float64) { return at, y + rowHeight/2 })
		d.end()
	}
	return d.svg()
}

func (c Pairs) columns(values []float64, keys []Key, width float64) string {
	const plot = 200
	top := newDrawing("pairs", c.Title, width, 0).legend(keys, 0, 0) + 12
	d := newDrawing("pairs", c.Title, width, top+plot+34)
	d.legend(keys, 0, 0)
	y := fit(values, true, top+plot, top)
	left := axisWidth(y)
	d.axisY(y, "", left, width)
	step := (width - left) / float64(len(c.Items))
	for i, p := range c.Items {
		x := left + step*(float64(i)+0.5)
		d.begin("item", p.title())
		d.rect("hit", x-step/2, top, step, plot)
		d.pair(p, y, min(4, max(1.5, step*0.35)), func(at float64) (float64, float64) { return x, at })
		d.end()
	}
	d.groups(c.each(func(p Pair) string { return p.Group }), left, step, top+plot+6)
	return d.svg()
}

// pair draws the circles and the line; place makes a place of that on the scale.
func (d *drawing) pair(p Pair, s scale, radius float64, place func(at float64) (x, y float64)) {
	d.begin("pair "+p.Class, "")
	x1, y1 := place(s.at(p.Before))
	x2, y2 := place(s.at(p.After))
	if s.shows(p.Before) && s.shows(p.After) {
		d.line("link", x1, y1, x2, y2)
	}
	if s.shows(p.Before) {
		d.circle("before", x1, y1, radius)
	}
	if s.shows(p.After) {
		d.circle("after", x2, y2, radius)
	}
	d.end()
}

func (c Pairs) each(f func(Pair) string) []string {
	list := make([]string, len(c.Items))
	for i, p := range c.Items {
		list[i] = f(p)
	}
	return list
}

func (p Pair) title() string {
	return fmt.Sprintf("%s: %s before, %s after", p.Name, Number(p.Before, 4), Number(p.After, 4))
}
