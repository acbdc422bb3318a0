package lower

import (
	"math"
	"slices"

	"onnx-metainit/autodiff"
)

var uniqueRows = []operator{
	{name: "Unique", since: 11, inputs: arity{1, 1}, lower: lowerUnique, known: []int{0}, noDerivative: foreknown},
}

// lowerUnique finds the different elements, or the different slices along an axis, of a tensor that is known while
// building: https://onnx.ai/onnx/operators/onnx__Unique.html
func lowerUnique(c *call) []value {
	x := c.x(0)
	data := c.known(0)
	axis := 0
	if c.has("axis") {
		axis = c.axis(c.int("axis", 0), x.Rank())
	} else {
		x = autodiff.Reshape(x, x.Size())
	}
	slice := slicesAlong(data, x.Shape(), axis)
	n := x.Shape()[axis]
	compare := func(a, b int) int { return slices.CompareFunc(slice(a), slice(b), compareNaNLast) }
	sorted := count(0, n)
	slices.SortStableFunc(sorted, compare)
	var first, counts []int // of each different one
	group := make([]int, n)
	for k, i := range sorted {
		if k == 0 || compare(sorted[k-1], i) != 0 {
			first, counts = append(first, i), append(counts, 0)
		}
		group[i] = len(first) - 1
		counts[len(counts)-1]++
	}
	if !c.flag("sorted", true) {
		order := count(0, len(first))
		slices.SortFunc(order, func(a, b int) int { return first[a] - first[b] })
		place := make([]int, len(order))
		firsts, countsOf := slices.Clone(first), slices.Clone(counts)
		for to, from := range order {
			place[from] = to
			first[to], counts[to] = firsts[from], countsOf[from]
		}
		for i, g := range group {
			group[i] = place[g]
		}
	}
	indices := c.integers(first)
	return []value{
		{Node: autodiff.Take(x, indices.Node, axis), DataType: c.in[0].DataType},
		indices, c.integers(group), c.integers(counts),
	}
}

// slicesAlong returns a function that gives the elements with index i of an axis, row by row.
func slicesAlong(data []float64, shape []int, axis int) func(i int) []float64 {
	behind := product(shape[axis+1:])
	n := shape[axis]
	return func(i int) []float64 {
		if behind == len(data)/max(n, 1) {
			return data[i*behind : (i+1)*behind]
		}
		var list []float64
		for at := i * behind; at < len(data); at += n * behind {
			list = append(list, data[at:at+behind]...)
		}
		return list
	}
}

// compareNaNLast orders numbers as NumPy does.
func compareNaNLast(a, b float64) int {
	switch {
	case a < b || math.IsNaN(b) && !math.IsNaN(a):
		return -1
	case a > b || math.IsNaN(a) && !math.IsNaN(b):
		return 1
	}
	return 0
}
