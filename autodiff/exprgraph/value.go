package exprgraph

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// newValue returns row-major data as a Gorgonia value, without copying it: a
// *gorgonia.F64 without axes, else a *tensor.Dense. Dense tensors cannot be
// empty; empty ones are an empty.
func newValue(data []float64, shape []int) gorgonia.Value {
	switch {
	case len(shape) == 0:
		return gorgonia.NewF64(data[0])
	case len(data) == 0:
		return empty(shape)
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data))
}

// dataOf returns the elements of a value, row by row; do not change them.
func dataOf(v gorgonia.Value) ([]float64, error) {
	if t, ok := v.(*tensor.Dense); ok && (t.RequiresIterator() || t.DataOrder().IsColMajor()) {
		return nil, fmt.Errorf("the tensor of shape %v is a view or in column order: give it as a copy, row by row", t.Shape())
	}
	switch data := v.Data().(type) {
	case float64:
		return []float64{data}, nil
	case []float64:
		return data, nil
	}
	return nil, fmt.Errorf("the value is a %v, expected float64", v.Dtype())
}

// empty is a value without elements, such as one of shape [3 0].
type empty tensor.Shape

// Shape returns the sizes of the axes.
func (e empty) Shape() tensor.Shape { return tensor.Shape(e) }

// Size returns 0.
func (e empty) Size() int { return 0 }

// Data returns a []float64 without elements.
func (e empty) Data() any { return []float64{} }

// Dtype returns tensor.Float64.
func (e empty) Dtype() tensor.Dtype { return tensor.Float64 }

// Uintptr returns 0: there is no memory.
func (e empty) Uintptr() uintptr { return 0 }

// MemSize returns 0.
func (e empty) MemSize() uintptr { return 0 }

// Format writes the shape.
func (e empty) Format(s fmt.State, _ rune) { fmt.Fprintf(s, "empty%v", e.Shape()) }
