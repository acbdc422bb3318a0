package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// table prints rows of cells in columns, the first row in upper case above them.
func table(w io.Writer, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i, row := range rows {
		cells := make([]string, len(row))
		for k, cell := range row {
			if cells[k] = visible(cell); i == 0 {
				cells[k] = strings.ToUpper(cell)
			}
		}
		io.WriteString(t, strings.Join(cells, "\t")+"\n")
	}
	return t.Flush()
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

// numberText returns v with the given number of digits, "-" if there is none.
func numberText(v *float64, digits int) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%.*g", digits, *v)
}
