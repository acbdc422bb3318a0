package main

import (
	"fmt"

	"onnx-metainit/metainit"
)

// fillingText says what fills an input, and why.
func fillingText(f metainit.Filling) string {
	if f.Shape == nil {
		return fmt.Sprintf("%s: %s, %s (%s)", f.Name, f.DType, f.Values, f.Reason)
	}
	return fmt.Sprintf("%s: %s %s, %s (%s)", f.Name, f.DType, shapeText(f.Shape), f.Values, f.Reason)
}
