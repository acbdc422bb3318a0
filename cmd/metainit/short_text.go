package main

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/text"
)

// cutEnd cuts the end off a text that is longer than the width.
func cutEnd(s string, width int) string {
	if columnsOf(s) <= width {
		return s
	}
	return text.Trim(s, width-1) + "…"
}

func cutEnds(texts []string, width int) []string {
	short := make([]string, len(texts))
	for i, s := range texts {
		short[i] = cutEnd(s, width)
	}
	return short
}

// shortNames shortens names such as encoder.layers.layer_10.attention.weight: as many of the first parts as needed, but not the
// last, become their first letter and the number at their end (e….l….l…10.attention.weight). A part that is shortened in one name
// is shortened in all. Names that are still too long lose their middle.
func shortNames(names []string, width int) []string {
	short, initials := slices.Clone(names), map[string]bool{}
	for parts := 1; parts <= mostParts; parts++ {
		for i, name := range names {
			if path := pathOf(name); columnsOf(short[i]) > width && parts < len(path) {
				initials[path[parts-1]] = true
			}
		}
		for i, name := range names {
			short[i] = abbreviated(name, initials)
		}
	}
	for i, name := range short {
		short[i] = cutMiddle(name, width)
	}
	return short
}

// mostParts is how many parts of a name are shortened at most.
const mostParts = 12

// pathOf returns what a name begins with, up to the end of each of its parts.
func pathOf(name string) (path []string) {
	for i, r := range name {
		if isSeparator(r) {
			path = append(path, name[:i])
		}
	}
	return append(path, name)
}

// abbreviated returns a name with initials for the last part of each of the given paths that it begins with.
func abbreviated(name string, initials map[string]bool) string {
	short, begin := "", 0
	for _, path := range pathOf(name) {
		part := name[begin:len(path)]
		if begin = len(path); initials[path] && begin < len(name) {
			part = part[:len(part)-len(strings.TrimLeftFunc(part, isSeparator))] + initial(strings.TrimLeftFunc(part, isSeparator))
		}
		short += part
	}
	return short
}

// cutMiddle cuts out of a name that is longer than the width, and keeps more of its end.
func cutMiddle(name string, width int) string {
	if columnsOf(name) <= width {
		return name
	}
	for i := range name {
		if end := name[i:]; columnsOf(end) <= width*2/3 {
			return text.Trim(name, width-1-columnsOf(end)) + "…" + end
		}
	}
	return name
}

func isSeparator(r rune) bool { return r == '.' || r == '/' || r == ':' }

// initial returns the first letter of a part of a name and the number at its end, if that is shorter.
func initial(part string) string {
	number := part[len(strings.TrimRightFunc(part, unicode.IsDigit)):]
	_, first := utf8.DecodeRuneInString(part)
	short := part[:first] + "…" + number
	if columnsOf(short) < columnsOf(part) {
		return short
	}
	return part
}
