package chart

import (
	"fmt"
	"slices"
	"strings"
)

// Histogram shows how two sets of numbers are distributed over the same bins, over one another, as parts of each.
type Histogram struct {
	Title string
	X     string  // what the axis shows
	From  float64 // where the first bin begins
	Width float64 // of a bin
	Log   bool    // the axis is of exponents of ten: its ticks are the powers
	Sets  []Set
}

// Set is the counts of each bin, and of all there are.
type Set struct {
	Key
	Counts []int64
	Total  int64
}

// SVG draws the chart.
func (c Histogram) SVG(width, height float64) string {
	d := newDrawing("histogram", c.Title, width, height)
	var keys []Key
	high, bins := 0.0, 0
	for _, s := range c.Sets {
		keys = append(keys, s.Key)
		bins = max(bins, len(s.Counts))
		for k := range s.Counts {
			high = max(high, s.part(k))
		}
	}
	bottom := 20.0
	if c.X != "" {
		bottom = 40
	}
	top := d.legend(keys, 0, 0) + 8
	x := scale{Low: c.From, High: c.From + c.Width*float64(max(bins, 1)), From: 4, To: width - 4}
	y := scale{High: max(high, 1e-12), From: height - bottom, To: top}
	c.axis(d, x, y.From)
	for _, s := range c.Sets {
		d.begin("set "+s.Class, "")
		d.path("area", s.outline(x, y, c, true))
		d.path("edge", s.outline(x, y, c, false))
		d.end()
	}
	for k := range bins {
		from, to := c.From+c.Width*float64(k), c.From+c.Width*float64(k+1)
		if title := c.titleOf(k, from, to); title != "" {
			d.begin("bin", title)
			d.rect("hit", x.at(from), top, x.at(to)-x.at(from), y.From-top)
			d.end()
		}
	}
	return d.svg()
}

func (s Set) part(k int) float64 {
	if k >= len(s.Counts) || s.Total <= 0 {
		return 0
	}
	return float64(s.Counts[k]) / float64(s.Total)
}

// outline returns the path along the tops of the bins: closed along the axis, or from the first to the last that has any.
func (s Set) outline(x, y scale, c Histogram, closed bool) string {
	first := slices.IndexFunc(s.Counts, func(n int64) bool { return n != 0 })
	if first < 0 {
		return "M0 0"
	}
	last := len(s.Counts) - 1
	for s.Counts[last] == 0 {
		last--
	}
	var b strings.Builder
	at := func(verb string, k int, part float64) {
		fmt.Fprintf(&b, "%s%s %s", verb, number(x.at(c.From+c.Width*float64(k))), number(y.at(part)))
	}
	at("M", first, 0)
	for k := first; k <= last; k++ {
		at("L", k, s.part(k))
		at("L", k+1, s.part(k))
	}
	at("L", last+1, 0)
	if closed {
		b.WriteString("Z")
	}
	return b.String()
}

func (c Histogram) titleOf(k int, from, to float64) string {
	var parts []string
	any := false
	for _, s := range c.Sets {
		any = any || s.part(k) > 0
		parts = append(parts, fmt.Sprintf("%s %s %%", s.Label, Number(100*s.part(k), 3)))
	}
	if !any {
		return ""
	}
	if c.Log {
		return fmt.Sprintf("10^%s to 10^%s: %s", Number(from, 3), Number(to, 3), strings.Join(parts, ", "))
	}
	return fmt.Sprintf("%s to %s: %s", Number(from, 3), Number(to, 3), strings.Join(parts, ", "))
}

// axis draws the horizontal axis.
func (c Histogram) axis(d *drawing, x scale, y float64) {
	if !c.Log {
		d.axisX(x, c.X, y)
		return
	}
	d.line("axis", x.From, y, x.To, y)
	for _, t := range x.ticks(max(2, int((x.To-x.From)/44))) {
		at := x.at(t.Value)
		d.line("axis", at, y, at, y+4)
		if t.Value == float64(int(t.Value)) {
			d.tickX(at, y+17, power(int(t.Value)))
		}
	}
	d.text("label", "middle", (x.From+x.To)/2, y+34, c.X)
}
