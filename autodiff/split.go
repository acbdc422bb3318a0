package autodiff

import "slices"

// split says which elements of a tensor are in a portion. The axis is divided into runs of
// equal length, and each run into the portions: portion i has part i of every run. There is
// more than one run where a reshape made one axis of several. The axis −1 stands for all
// elements.
type split struct{ axis, runs int }

// onAxis is the same along another axis.
func (by split) onAxis(axis int) split { return split{axis, by.runs} }

var unsplit = split{axis: -1}

// divided returns the sizes with that of an axis divided.
func divided(sizes []int, axis, portions int) []int {
	out := slices.Clone(sizes)
	out[axis] /= portions
	return out
}
