package metainit

import (
	"math"
	"slices"
)

// foldedAdvice is what to do about foldedFrom.
const foldedAdvice = "; batch normalization was folded into convolutions: export from PyTorch with do_constant_folding=False and " +
	"training=TrainingMode.PRESERVE, or with dynamo=True, optimize=False; from Keras on JAX rather than on TensorFlow; or by metainit.tune_ of the Python package"

// foldedFrom names the tensor whose rows were multiplied by a number each to make a weight, as when batch normalization is folded
// into a convolution; "" if there is none.
func foldedFrom(w *holding, holdings []*holding) string {
	values, err := w.values()
	if err != nil {
		return ""
	}
	for _, h := range holdings {
		if h.tensor.Size() != w.tensor.Size() {
			continue
		}
		others, err := h.values()
		if err == nil && proportional(values, others, ints(w.tensor.Shape), ints(h.tensor.Shape), 16*max(w.relative, h.relative)) {
			return h.name
		}
	}
	return ""
}

// proportional reports whether each slice of a tensor along one axis is a multiple, up to the tolerance, of that of another tensor
// along one of its axes. The elements of a slice may be in any order.
func proportional(a, b []float32, from, to []int, tolerance float64) bool {
	near := func(x, y float64) bool { return math.Abs(x-y) <= tolerance }
	for i, n := range from {
		for k, m := range to {
			if n == m && n > 1 && n < len(a) && slices.EqualFunc(profile(a, from, i), profile(b, to, k), near) {
				return true
			}
		}
	}
	return false
}

// profile returns the sizes of the elements of each slice along an axis, relative to the slice's largest, in ascending order.
func profile(values []float32, shape []int, axis int) []float64 {
	inner, count := 1, shape[axis]
	for _, d := range shape[axis+1:] {
		inner *= d
	}
	width := len(values) / count
	list := make([]float64, 0, len(values))
	for row := range count {
		for at := row * inner; at < len(values); at += count * inner {
			for _, v := range values[at : at+inner] {
				list = append(list, math.Abs(float64(v)))
			}
		}
		part := list[row*width:]
		slices.Sort(part)
		if largest := part[width-1]; largest > 0 {
			for i := range part {
				part[i] /= largest
			}
		}
	}
	return list
}
