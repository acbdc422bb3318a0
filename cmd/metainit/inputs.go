package main

import (
	"fmt"
	"io"

	"onnx-metainit/metainit"
)

// printInputs prints a line for each input.
func printInputs(w io.Writer, inputs []metainit.Filling) {
	for _, f := range inputs {
		printf(w, "input    %s\n", fillingText(f))
	}
}

// fillingText says what fills an input, and why.
func fillingText(f metainit.Filling) string {
	if f.Shape == nil {
		return fmt.Sprintf("%s: %s, %s (%s)", f.Name, f.DType, f.Values, f.Reason)
	}
	return fmt.Sprintf("%s: %s %s, %s (%s)", f.Name, f.DType, shapeText(f.Shape), f.Values, f.Reason)
}
