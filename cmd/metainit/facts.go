package main

import (
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
)

// fact is a line of a report: what it is about, and what there is to say.
type fact struct {
	about, says string
	mark        colour // of what it says
}

// facts prints lines under each other, what is said in a column of its own, with an empty line before. In CSV there are none.
func (v *view) facts(list []fact) error {
	switch {
	case len(list) == 0 || v.format == formatCSV:
		return nil
	case v.format != formatText:
		l := &listing{columns: []column{{title: "about"}, {title: "result"}}}
		for _, f := range list {
			l.add(0, words(f.about), words(f.says))
		}
		if err := v.gap(); err != nil {
			return err
		}
		return v.table(l)
	}
	indent := 0
	for _, f := range list {
		indent = max(indent, textWidth(f.about)+gap)
	}
	if v.width > 0 {
		indent = min(indent, v.width/2)
	}
	if err := v.gap(); err != nil {
		return err
	}
	for _, f := range list {
		var b strings.Builder
		about := visible(f.about)
		if text.StringWidth(about)+gap > indent { // too long for its column
			b.WriteString(strings.Join(wrap(about, v.width, 0), "\n") + "\n")
			about = ""
		}
		for _, line := range v.lines(f.says, indent) {
			space := strings.Repeat(" ", indent-text.StringWidth(about))
			if v.colour {
				line = f.mark.paint(line)
			}
			b.WriteString(about + space + line + "\n")
			about = ""
		}
		if err := v.put(b.String()); err != nil {
			return err
		}
	}
	return nil
}

// paragraph prints a text, in lines as long as the terminal is wide.
func (v *view) paragraph(s string) error {
	return v.put(strings.Join(v.lines(s, 0), "\n") + "\n")
}

// lines breaks a text, made visible, at spaces, and words that are too long where a line ends, for lines that begin at the
// indent.
func (v *view) lines(s string, indent int) []string {
	return wrap(visible(s), v.width, indent)
}

// gap prints an empty line, which parts tables and facts.
func (v *view) gap() error { return v.put("\n") }

// wrap breaks a text at spaces into lines that fit a screen behind an indent. A screen of width 0 has no end.
func wrap(s string, screen, indent int) []string {
	width := screen - indent
	if screen == 0 || text.StringWidth(s) <= width {
		return []string{s}
	}
	width = max(width, 1)
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && text.StringWidth(line)+1+text.StringWidth(word) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for line = word; text.StringWidth(line) > width; {
			part := text.Trim(line, width)
			if part == "" { // one wide character, and a screen of one column
				break
			}
			lines, line = append(lines, part), line[len(part):]
		}
	}
	return append(lines, line)
}
