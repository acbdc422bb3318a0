package main

import (
	"slices"
	"strings"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/text"
)

// gap is how many spaces are between two columns.
const gap = 2

// shortening makes the texts of a column shorter. Before they have less than what they need, other columns are left out.
type shortening struct {
	cut   func(text string, width int) string
	needs func(screen int) int
}

var (
	asName = &shortening{shortName, func(screen int) int { return max(12, screen-40) }}
	asNote = &shortening{cutEnd, func(screen int) int { return max(10, screen/4) }}
)

// fit makes the table as narrow as the screen: columns that can be spared are left out, whose titles it returns, then texts are
// shortened. 0 is a screen without an end.
func (l *listing) fit(screen int) (left []string) {
	if screen == 0 {
		return nil
	}
	widths := l.widths()
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
		if !l.columns[spare].drawing {
			left = append([]string{title}, left...)
		}
		*l = *l.without(func(c column) bool { return c.title == title })
		widths = slices.Delete(widths, spare, spare+1)
	}
	l.shorten(widths, screen)
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
				width += points[i] - afterPoint(r.at(i).text)
			}
			widths[i] = max(widths[i], width)
		}
	}
	return widths
}

// least returns how narrow the table can be with the columns that it has.
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
			return
		}
		cut[widest]--
	}
	for i, c := range l.columns {
		if cut[i] == widths[i] {
			continue
		}
		for _, r := range l.rows {
			if i < len(r.cells) && textWidth(r.cells[i].text) > cut[i] {
				r.cells[i].text = c.short.cut(visible(r.cells[i].text), cut[i])
			}
		}
	}
}

// textWidth returns how many columns of a terminal a text takes as it is shown.
func textWidth(s string) int { return text.StringWidth(visible(s)) }

// cutEnd cuts the end off a text that is longer than the width.
func cutEnd(s string, width int) string {
	if text.StringWidth(s) <= width {
		return s
	}
	return text.Trim(s, width-1) + "…"
}

// shortName shortens a name such as encoder.layers.layer_10.attention.weight: the parts of its path, but for the last, become
// their first letter and the number at their end, from the left, as long as needed (e….l….l…10.attention.weight); if that is not
// enough, the middle goes.
func shortName(name string, width int) string {
	parts := strings.FieldsFunc(name, isSeparator)
	rest, short := name, ""
	for _, part := range parts[:max(len(parts)-1, 0)] {
		before, after, _ := strings.Cut(rest, part)
		short += before + initial(part)
		if rest = after; text.StringWidth(short+rest) <= width {
			return short + rest
		}
	}
	name = short + rest
	if text.StringWidth(name) <= width {
		return name
	}
	tail := width * 2 / 3
	runes := []rune(name)
	for i := range runes {
		if end := string(runes[i:]); text.StringWidth(end) <= tail {
			return text.Trim(name, width-1-text.StringWidth(end)) + "…" + end
		}
	}
	return name
}

func isSeparator(r rune) bool { return r == '.' || r == '/' || r == ':' }

// initial returns the first letter of a part of a name and the number at its end, if that is shorter.
func initial(part string) string {
	runes := []rune(part)
	number := part[len(strings.TrimRightFunc(part, unicode.IsDigit)):]
	short := string(runes[:1]) + "…" + number
	if text.StringWidth(short) < text.StringWidth(part) {
		return short
	}
	return part
}
