package report

import (
	"bytes"
	_ "embed"
	"html/template"
	"math"
	"strconv"

	"onnx-metainit/metainit/report/chart"
	"onnx-metainit/metainit/report/escape"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageCSS string
	//go:embed page.js
	pageJS string
)

// page is what the template shows. Its text is as files have it: render makes it visible.
type page struct {
	Line     string // above the title
	Title    string
	Verdict  string
	Command  string
	Warnings []string
	Facts    []fact
	Sections []section

	DataID string
	Data   template.JS // JSON of what the page was made of

	Style  template.CSS
	Script template.JS
}

// fact is something with a name.
type fact struct{ Label, Text string }

// section is a part of a page: what is nil is left out.
type section struct {
	ID, Title, Lead string
	Table           *table
	Charts          []Chart
	Pairs           bool // two charts beside each other
	Beside          bool // the table is beside the chart
	Single          bool // the chart needs no title of its own
	Values          []Chart
	Details         []details
}

type details struct {
	Title string
	Rows  []fact
}

type table struct {
	Sortable bool
	Head     []column
	Rows     []row
}

type column struct {
	Text  string
	Class string // number or tensor: as of its cells
}

type row struct {
	Class string
	Cells []cell
}

type cell struct {
	Text   string
	Class  string
	Value  string // what it is sorted by, if that is not the text
	Swatch string // the class of a colour before the text
}

// numberCell is a number with so many digits.
func numberCell(v float64, digits int) cell {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return noNumber
	}
	return cell{Text: chart.Digits(v, digits), Class: "number", Value: strconv.FormatFloat(v, 'g', -1, 64)}
}

// noNumber stands where there is none, and is sorted before all.
var noNumber = cell{Text: "–", Class: "number", Value: "-1e308"}

// render returns the HTML file.
func (p *page) render() ([]byte, error) {
	p.Style, p.Script = template.CSS(chart.Style()+pageCSS), template.JS(pageJS)
	t, err := template.New("").Funcs(template.FuncMap{"svg": func(s string) template.HTML { return template.HTML(s) }}).Parse(pageHTML)
	if err != nil {
		return nil, err
	}
	p.makeVisible()
	var b bytes.Buffer
	err = t.ExecuteTemplate(&b, "page", p)
	return b.Bytes(), err
}

// makeVisible replaces what shows nothing or turns text around, in all text.
func (p *page) makeVisible() {
	show := func(texts ...*string) {
		for _, t := range texts {
			*t = escape.Text(*t)
		}
	}
	show(&p.Line, &p.Title, &p.Verdict, &p.Command)
	for i := range p.Warnings {
		show(&p.Warnings[i])
	}
	for i := range p.Facts {
		show(&p.Facts[i].Label, &p.Facts[i].Text)
	}
	for i := range p.Sections {
		s := &p.Sections[i]
		show(&s.Title, &s.Lead)
		for _, charts := range [][]Chart{s.Charts, s.Values} {
			for i := range charts {
				show(&charts[i].Title, &charts[i].Caption)
			}
		}
		for _, d := range s.Details {
			for i := range d.Rows {
				show(&d.Rows[i].Label, &d.Rows[i].Text)
			}
		}
		if s.Table == nil {
			continue
		}
		for i := range s.Table.Head {
			show(&s.Table.Head[i].Text)
		}
		for _, r := range s.Table.Rows {
			for i := range r.Cells {
				show(&r.Cells[i].Text)
			}
		}
	}
}
