package main

import (
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"onnx-metainit/metainit/report/escape"
)

// wrap breaks a text at spaces into lines that fit a screen behind an indent, and words that are too long where a line ends. A screen
// of width 0 has no end.
func wrap(s string, screen, indent int) []string {
	width := max(screen-indent, 1)
	if screen == 0 || columnsOf(s) <= width {
		return []string{s}
	}
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && columnsOf(line)+1+columnsOf(word) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for line = word; columnsOf(line) > width; {
			part := text.Trim(line, width)
			if part == "" || !strings.HasPrefix(line, part) { // a wide character on a screen of one column, or a colour
				break
			}
			lines, line = append(lines, part), line[len(part):]
		}
	}
	return append(lines, line)
}

// wrapped breaks lines that do not fit a screen; what follows the first line of one is indented.
func wrapped(p []byte, screen int) []byte {
	if screen == 0 {
		return p
	}
	var b strings.Builder
	for line := range strings.Lines(string(p)) {
		broken, end := strings.CutSuffix(line, "\n")
		if parts := wrap(broken, screen, 0); len(parts) > 1 {
			broken = strings.Join(wrap(broken, screen, gap), "\n"+strings.Repeat(" ", gap))
		}
		b.WriteString(broken)
		if end {
			b.WriteByte('\n')
		}
	}
	return []byte(b.String())
}

// columnsOf returns how many columns of a terminal a text takes whose characters are visible, or colours.
func columnsOf(s string) int {
	if escape.Plain(s) {
		return len(s)
	}
	return text.StringWidthWithoutEscSequences(s)
}
