// Package escape makes text from files safe to show: escape.Text("a\x1b[31m") is `a\x1b[31m`, without the colour.
package escape

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Text returns the text with an escape sequence of Go in place of whatever shows nothing and is no space: control
// characters, new lines, marks of direction, separators, and bytes that are no UTF-8.
func Text(text string) string {
	if Plain(text) {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		_, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case !strconv.IsGraphic(r):
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Plain reports whether the text is of ASCII characters that can be seen.
func Plain(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}
