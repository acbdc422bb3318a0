package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// listing is a table: rows of cells under the titles of columns. Every form of a table is made of it.
type listing struct {
	columns []column
	rows    []row
	named   bool // the command's own, with a row for each name: --sort and --filter are about it
	few     bool // the most important rows come first, and a terminal is shown no others
}

// column is one of a table's. Where a terminal is narrow its texts are shortened, and then columns are left out.
type column struct {
	title   string
	numbers bool        // aligned at the point
	drawing bool        // for the eye: not in files
	short   *shortening // nil: the texts stay as they are
	spare   int         // the greatest is left out first; 0: it stays
}

// row is a line of a table.
type row struct {
	cells []cell
	mark  colour // of the first cell
}

func (l *listing) add(mark colour, cells ...cell) { l.rows = append(l.rows, row{cells, mark}) }

// table prints a table in the view's form, and under it how many rows and which columns are not shown.
func (v *view) table(l *listing) error {
	rows := v.chosen(l)
	var foot []string
	if few := fewRows; l.few && v.width > 0 && !v.all && len(rows) > few+1 {
		foot = append(foot, fmt.Sprintf("and %d more: --all", len(rows)-few))
		rows = rows[:few]
	}
	shown := (&listing{columns: l.columns, rows: rows}).without(func(c column) bool { return c.drawing && v.format != formatText })
	if left := shown.fit(v.width); len(left) > 0 {
		foot = append(foot, "not shown at this width: "+strings.Join(left, ", "))
	}
	if err := v.put(v.render(shown) + "\n"); err != nil {
		return err
	}
	for _, line := range foot {
		if err := v.paragraph(line); err != nil {
			return err
		}
	}
	return nil
}

// put prints text whose parts are visible.
func (v *view) put(text string) error {
	_, err := io.WriteString(v.w, text)
	return err
}

// chosen returns the rows that the flags ask for, in their order.
func (v *view) chosen(l *listing) []row {
	if !l.named {
		return l.rows
	}
	rows := slices.Clone(l.rows)
	if v.filter != nil {
		rows = slices.DeleteFunc(rows, func(r row) bool { return !v.filter.MatchString(r.cells[0].text) })
	}
	if i := slices.IndexFunc(l.columns, func(c column) bool { return columnName(c.title) == v.sort }); i >= 0 {
		slices.SortStableFunc(rows, func(a, b row) int { return compareCells(a.at(i), b.at(i)) })
	}
	return rows
}

// at returns a cell, an empty one behind the last.
func (r row) at(i int) cell {
	if i < len(r.cells) {
		return r.cells[i]
	}
	return cell{}
}

// without returns the table without some columns.
func (l *listing) without(out func(column) bool) *listing {
	kept := &listing{named: l.named, few: l.few}
	for _, r := range l.rows {
		kept.rows = append(kept.rows, row{mark: r.mark})
	}
	for i, c := range l.columns {
		if out(c) {
			continue
		}
		kept.columns = append(kept.columns, c)
		for k := range kept.rows {
			kept.rows[k].cells = append(kept.rows[k].cells, l.rows[k].at(i))
		}
	}
	return kept
}

// render returns the table in the view's form, all texts visible.
func (v *view) render(l *listing) string {
	w := table.NewWriter()
	style := table.Style{
		Box:     table.BoxStyle{PaddingRight: "  "},
		Format:  table.FormatOptions{Header: text.FormatDefault},
		HTML:    table.HTMLOptions{CSSClass: "metainit", EscapeText: true, Newline: "<br/>"},
		Options: table.OptionsNoBordersAndSeparators,
	}
	var configs []table.ColumnConfig
	head := make(table.Row, len(l.columns))
	for i, c := range l.columns {
		head[i] = visible(c.title)
		if v.format == formatText {
			head[i] = strings.ToUpper(visible(c.title))
		}
		if c.numbers {
			configs = append(configs, table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight})
		}
	}
	w.SetStyle(style)
	w.SetColumnConfigs(configs)
	w.SuppressTrailingSpaces()
	w.AppendHeader(head)
	points := l.points()
	for _, r := range l.rows {
		cells := make(table.Row, len(l.columns))
		for i, c := range l.columns {
			cells[i] = v.cell(r.at(i), c, points[i])
		}
		if v.colour {
			cells[0] = r.mark.paint(cells[0].(string))
		}
		w.AppendRow(cells)
	}
	switch v.format {
	case formatMarkdown:
		return w.RenderMarkdown()
	case formatCSV:
		return w.RenderCSV()
	case formatHTML:
		return w.RenderHTML()
	}
	return w.Render()
}

// cell returns the content of a cell; in text it is padded so that the decimal points of a column are aligned.
func (v *view) cell(c cell, of column, behind int) string {
	shown := visible(c.text)
	switch v.format {
	case formatCSV:
		switch {
		case of.numbers && c.value != nil:
			return strconv.FormatFloat(*c.value, 'g', -1, 64)
		case of.numbers:
			return "" // there is none
		case strings.ContainsAny(shown[:min(1, len(shown))], "=+-@"):
			return "'" + shown // no formula for those who open it in a spreadsheet
		}
	case formatMarkdown:
		return markdownText.Replace(shown)
	case formatText:
		if of.numbers {
			return shown + strings.Repeat(" ", padding(shown, behind))
		}
	}
	return shown
}

// markdownText escapes the characters that mean something in Markdown or HTML, but for the bar, which the renderer escapes.
var markdownText = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", "&lt;", "&", "&amp;", "~", `\~`)
