package main

import (
	"io"
	"os"

	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/term"
)

// usualColumns is the assumed width of a terminal that does not tell its own.
const usualColumns = 80

// isTerminal reports whether w is a terminal.
func isTerminal(w io.Writer) bool {
	f := file(w)
	return f != nil && term.IsTerminal(int(f.Fd()))
}

// columns returns how wide the terminal is that w goes to; 0 if w is no terminal.
func columns(w io.Writer) int {
	if !isTerminal(w) {
		return 0
	}
	width, _, err := term.GetSize(int(file(w).Fd()))
	if err != nil || width < 1 {
		return usualColumns
	}
	return width
}

// redraws reports whether w goes to a terminal that can write a line again.
func redraws(w io.Writer) bool {
	return isTerminal(w) && os.Getenv("TERM") != "dumb" && text.ANSICodesSupported
}

// inColour reports whether text that goes to w may be coloured: on a terminal that can, unless NO_COLOR is set (no-color.org).
func inColour(w io.Writer) bool { return redraws(w) && os.Getenv("NO_COLOR") == "" }

// colour is what a text on a terminal is marked by; the zero value is none.
type colour text.Color

// What is marked.
const (
	winning = colour(text.FgGreen)
	changed = colour(text.FgCyan)
	warning = colour(text.FgYellow)
)

// paint returns the text in a colour.
func (c colour) paint(s string) string {
	if c == 0 || s == "" {
		return s
	}
	return text.Escape(s, text.Color(c).EscapeSeq())
}
