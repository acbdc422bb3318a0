package main

import (
	"html"
	"strings"
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
		v.gap()
		return v.table(l)
	}
	indent := 0
	for _, f := range list {
		indent = max(indent, textWidth(f.about)+gap)
	}
	if v.width > 0 {
		indent = min(indent, v.width/2)
	}
	v.gap()
	for _, f := range list {
		var b strings.Builder
		about := visible(f.about)
		if columnsOf(about)+gap > indent { // too long for its column
			b.WriteString(strings.Join(wrap(about, v.width, 0), "\n") + "\n")
			about = ""
		}
		for _, line := range v.lines(f.says, indent) {
			space := strings.Repeat(" ", indent-columnsOf(about))
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

// paragraph prints a text, in lines as long as the terminal is wide. In CSV there is none.
func (v *view) paragraph(s string) error {
	switch v.format {
	case formatCSV:
		return nil
	case formatMarkdown:
		s = markdownText.Replace(visible(s))
	case formatHTML:
		s = "<p>" + html.EscapeString(visible(s)) + "</p>"
	}
	return v.put(strings.Join(v.lines(s, 0), "\n") + "\n")
}

// lines makes a text visible and wraps it for lines that begin at the indent.
func (v *view) lines(s string, indent int) []string {
	return wrap(visible(s), v.width, indent)
}

// gap prints an empty line between tables and facts. Its error need not be checked: the next text has it too.
func (v *view) gap() {
	if v.format != formatCSV {
		v.put("\n")
	}
}
