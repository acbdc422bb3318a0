package main

import (
	"fmt"

	"onnx-metainit/metainit"
)

// inputFacts has a line for each input.
func inputFacts(inputs []metainit.Filling) (list []fact) {
	for _, f := range inputs {
		list = append(list, fact{about: "input", says: fillingText(f)})
	}
	return list
}

// fillingText says what fills an input, and why.
func fillingText(f metainit.Filling) string {
	if f.Shape == nil {
		return fmt.Sprintf("%s: %s, %s (%s)", f.Name, f.DType, f.Values, f.Reason)
	}
	return fmt.Sprintf("%s: %s %s, %s (%s)", f.Name, f.DType, shapeText(f.Shape), f.Values, f.Reason)
}
