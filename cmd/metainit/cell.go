package main

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// cell is a text, and the number that it stands for, if any.
type cell struct {
	text  string
	value *float64
}

func words(text string) cell { return cell{text: text} }

// number is a cell with so many digits; nil is none.
func number(v *float64, digits int) cell { return cell{numberText(v, digits), v} }

// decimal is a cell with so many digits behind the point.
func decimal(v float64, digits int) cell {
	return cell{strconv.FormatFloat(v, 'f', digits, 64), &v}
}

// compareCells orders numbers before texts, the largest number first, and texts alphabetically.
func compareCells(a, b cell) int {
	switch {
	case a.value != nil && b.value != nil:
		return cmp.Compare(*b.value, *a.value)
	case a.value != nil:
		return -1
	case b.value != nil:
		return 1
	}
	return cmp.Compare(a.text, b.text)
}

// points returns for each column the largest number of characters from the decimal point on.
func (l *listing) points() []int {
	most := make([]int, len(l.columns))
	for i, c := range l.columns {
		for _, r := range l.rows {
			if number := r.at(i).text; c.numbers && !isPower(number) {
				most[i] = max(most[i], afterPoint(number))
			}
		}
	}
	return most
}

// padding returns how many spaces align a number in a column that has so many characters from the point on. Powers of ten are
// aligned at the column's end.
func padding(number string, point int) int {
	if isPower(number) {
		return 0
	}
	return point - afterPoint(number)
}

// isPower reports whether a number is written as one times a power of ten.
func isPower(number string) bool { return strings.ContainsRune(number, 'e') }

// afterPoint returns how many characters a number has from its decimal point on.
func afterPoint(number string) int {
	if i := strings.IndexByte(number, '.'); i >= 0 {
		return len(number) - i
	}
	return 0
}

// shapeText returns 48x64 for [48 64].
func shapeText[T any](shape []T) string {
	if len(shape) == 0 {
		return "scalar"
	}
	sizes := make([]string, len(shape))
	for i, d := range shape {
		if sizes[i] = fmt.Sprint(d); sizes[i] == "" {
			sizes[i] = "?"
		}
	}
	return strings.Join(sizes, "x")
}

// shapeCell is a shape, sorted by its size.
func shapeCell[T int | int64](shape []T) cell {
	size := 1.0
	for _, d := range shape {
		size *= float64(d)
	}
	return cell{shapeText(shape), &size}
}

// numberText returns v with the given number of digits, "-" if there is none.
func numberText(v *float64, digits int) string {
	if v == nil || math.IsNaN(*v) {
		return "-"
	}
	return fmt.Sprintf("%.*g", digits, *v)
}
