// Package chart draws static charts as SVG: lines, bars, pairs and histograms. Text stays text, every mark has a class and a
// title, and all colours are in a style sheet with a light and a dark scheme.
//
//	loss := chart.Series{Name: "he", Class: "c1", X: steps, Y: losses, Best: -1}
//	svg := chart.Lines{Title: "Training", X: "step", Y: "loss", Series: []chart.Series{loss}}.SVG(640, 320)
package chart

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"

	"onnx-metainit/metainit/report/escape"
)

const (
	textSize = 12.0 // pixels, as the style sheet has it
	nameSize = 11.0 // of names, in a font of one width
)

// drawing is an SVG in the making.
type drawing struct {
	b             strings.Builder
	width, height float64
}

func newDrawing(kind, title string, width, height float64) *drawing {
	d := &drawing{width: width, height: height}
	title = html.EscapeString(escape.Text(title))
	fmt.Fprintf(&d.b, `<svg xmlns="http://www.w3.org/2000/svg" class="chart %s" role="img" aria-label="%s" width="%s" height="%s" viewBox="0 0 %[3]s %[4]s">`,
		kind, title, number(width), number(height))
	return d
}

// svg ends the drawing.
func (d *drawing) svg() string {
	d.b.WriteString("</svg>")
	return d.b.String()
}

func (d *drawing) begin(class, title string) {
	fmt.Fprintf(&d.b, `<g class="%s">`, class)
	if title != "" {
		fmt.Fprintf(&d.b, "<title>%s</title>", html.EscapeString(escape.Text(title)))
	}
}

func (d *drawing) end() { d.b.WriteString("</g>") }

func (d *drawing) line(class string, x1, y1, x2, y2 float64) {
	fmt.Fprintf(&d.b, `<line class="%s" x1="%s" y1="%s" x2="%s" y2="%s"/>`, class, number(x1), number(y1), number(x2), number(y2))
}

func (d *drawing) rect(class string, x, y, width, height float64) {
	fmt.Fprintf(&d.b, `<rect class="%s" x="%s" y="%s" width="%s" height="%s"/>`, class, number(x), number(y), number(max(width, 0)), number(max(height, 0)))
}

func (d *drawing) circle(class string, x, y, radius float64) {
	fmt.Fprintf(&d.b, `<circle class="%s" cx="%s" cy="%s" r="%s"/>`, class, number(x), number(y), number(radius))
}

func (d *drawing) path(class, data string) {
	fmt.Fprintf(&d.b, `<path class="%s" d="%s"/>`, class, data)
}

// text writes text at the start, middle or end of which the place is.
func (d *drawing) text(class, anchor string, x, y float64, text string) {
	fmt.Fprintf(&d.b, `<text class="%s" text-anchor="%s" x="%s" y="%s">%s</text>`, class, anchor, number(x), number(y), html.EscapeString(escape.Text(text)))
}

// number returns a coordinate. One that is not finite would make the whole drawing invalid.
func number(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		v = 0
	}
	text := strconv.FormatFloat(v, 'f', 1, 64)
	return strings.TrimSuffix(text, ".0")
}

// widthOf estimates the width of text.
func widthOf(text string, size float64) float64 {
	width := 0.0
	for _, r := range text {
		if r < 0x1100 || r >= 0x2000 && r < 0x2e00 {
			width += 0.6 * size
		} else {
			width += size
		}
	}
	return width
}

// shortened returns the end of the text that fits, behind … if something is left out: names differ at the end.
func shortened(text string, size, width float64) string {
	text = escape.Text(text)
	if widthOf(text, size) <= width {
		return text
	}
	runes := []rune(text)
	first, left := len(runes)-1, width-widthOf("…"+string(runes[len(runes)-1]), size)
	for ; first > 0; first-- {
		if left -= widthOf(string(runes[first-1]), size); left < 0 {
			break
		}
	}
	return "…" + string(runes[first:])
}
