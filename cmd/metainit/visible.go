package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"

	"onnx-metainit/metainit/report/escape"
)

// printf writes text as fmt.Fprintf does, what the arguments hold made visible: names and paths come from files, and must
// move no cursor, begin no line and turn no text around. All text of the commands is written by it.
func printf(w io.Writer, format string, args ...any) error {
	list := make([]any, len(args))
	for i, arg := range args {
		list[i] = shown{arg}
	}
	_, err := fmt.Fprintf(w, format, list...)
	return err
}

// shown is an argument whose text is visible, whatever the verb.
type shown struct{ arg any }

func (s shown) Format(f fmt.State, verb rune) {
	io.WriteString(f, visible(fmt.Sprintf(fmt.FormatString(f, verb), s.arg)))
}

// visible returns the text with escape sequences in place of what shows nothing.
func visible(text string) string { return escape.Text(text) }

// visibleJSON returns a line of JSON with what encoding/json leaves and visible escapes, such as marks of direction and controls
// beyond ASCII, as escapes of JSON. Such characters are in strings only.
func visibleJSON(line string) string {
	var b strings.Builder
	for _, r := range line {
		switch {
		case strconv.IsGraphic(r) || r == '\n':
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
