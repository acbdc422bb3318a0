package main

import (
	"slices"
)

// gap is how many spaces are between two columns.
const gap = 2

// shortening makes the texts of a column shorter. Other columns are left out before these have less room than they need.
type shortening struct {
	cut   func(texts []string, width int) []string
	needs func(screen int) int
}

var (
	asName = &shortening{shortNames, func(screen int) int { return max(12, screen-40) }}
	asNote = &shortening{cutEnds, func(screen int) int { return max(10, screen*3/8) }}
)

// fit makes the table as narrow as the screen: it leaves out columns that can be spared, whose titles it returns, and then
// shortens texts. A screen of width 0 has no end.
func (l *listing) fit(screen int) (left []string) {
	if screen == 0 {
		return nil
	}
	widths, columns := l.widths(), l.columns
	for l.least(widths, screen) > screen {
		spare := -1
		for i, c := range l.columns {
			if c.spare > 0 && (spare < 0 || c.spare > l.columns[spare].spare) {
				spare = i
			}
		}
		if spare < 0 {
			break
		}
		title := l.columns[spare].title
		*l = *l.without(func(c column) bool { return c.title == title })
		widths = slices.Delete(widths, spare, spare+1)
	}
	l.shorten(widths, screen)
	for _, c := range columns {
		if !c.drawing && !slices.ContainsFunc(l.columns, func(kept column) bool { return kept.title == c.title }) {
			left = append(left, c.title)
		}
	}
	return left
}

// widths returns how wide the columns are.
func (l *listing) widths() []int {
	widths, points := make([]int, len(l.columns)), l.points()
	for i, c := range l.columns {
		widths[i] = textWidth(c.title)
		for _, r := range l.rows {
			width := textWidth(r.at(i).text)
			if c.numbers {
				width += padding(r.at(i).text, points[i])
			}
			widths[i] = max(widths[i], width)
		}
	}
	return widths
}

// least returns the least width of the table with the columns that it has.
func (l *listing) least(widths []int, screen int) int {
	total := gap * (len(widths) - 1)
	for i, width := range widths {
		if short := l.columns[i].short; short != nil {
			width = min(width, max(short.needs(screen), textWidth(l.columns[i].title)))
		}
		total += width
	}
	return total
}

// shorten shortens texts, the widest column first, until the table fits.
func (l *listing) shorten(widths []int, screen int) {
	excess := gap*(len(widths)-1) - screen
	for _, width := range widths {
		excess += width
	}
	cut := slices.Clone(widths)
	for ; excess > 0; excess-- {
		widest := -1
		for i, c := range l.columns {
			if c.short != nil && cut[i] > textWidth(c.title) && (widest < 0 || cut[i] > cut[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		cut[widest]--
	}
	for i, c := range l.columns {
		if cut[i] == widths[i] {
			continue
		}
		texts := make([]string, len(l.rows))
		for k, r := range l.rows {
			texts[k] = visible(r.at(i).text)
		}
		for k, short := range c.short.cut(texts, cut[i]) {
			if i < len(l.rows[k].cells) {
				l.rows[k].cells[i].text = short
			}
		}
	}
}

// textWidth returns how many columns of a terminal a text takes as it is shown.
func textWidth(s string) int { return columnsOf(visible(s)) }
