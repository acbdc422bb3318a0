package lower

import (
	"math"
	"slices"

	"onnx-metainit/autodiff"
)

// evidence is what a graph does with an input.
type evidence struct {
	tables   []lookup  // whose rows are picked
	lengths  []length  // compared with places along an axis
	opens    []float64 // what leaves attention open, where the opposite closes it
	biases   bool      // added to attention scores, as an operator has it
	added    bool      // added to what may be attention scores
	places   bool      // made into places in a table
	classes  int       // compared for equality with 0, 1, …, classes−1
	computes bool      // made into values that weights are applied to
	slopes   []float64 // by how much such values rise where the elements rise by 1, NaN where that is not clear
	asked    bool      // compared, or multiplied with what is computed of other inputs
}

// lookup is in a table of so many rows, which are picked by the elements plus an offset.
type lookup struct {
	rows   int
	offset float64
}

// length is a comparison of lengths with places along an axis.
type length struct {
	node  *autodiff.Node // of the lengths, or made of them
	least int            // what it has to be to cover all places
}

// coveredBy reports whether all places are covered if all elements of the input have the value.
func (l length) coveredBy(input *autodiff.Node, value float64) bool {
	k := known{values: map[*autodiff.Node]folding{input: {slices.Repeat([]float64{value}, input.Size()), false}}}
	data, ok := k.peek(l.node)
	return ok && !slices.ContainsFunc(data, func(v float64) bool { return !(v >= float64(l.least)) })
}

// compute notes that weights are applied to values of the given image.
func (e *evidence) compute(im *image) {
	e.computes, e.slopes = true, append(e.slopes, math.Abs(im[1]-im[0]))
}

// closed is what scores of a softmax are lowered by at least where they are not to count.
const closed = -100

// close notes which of 0 and 1 closes places to attention, and reports whether it is one of them.
func (e *evidence) close(zero, one bool) bool {
	switch {
	case zero == one:
		return false
	case zero:
		e.opens = append(e.opens, 1)
	default:
		e.opens = append(e.opens, 0)
	}
	return true
}

// ramp returns how many different elements a constant has if they are first, first+1, … from 0 or 1 on.
func ramp(n *autodiff.Node) (places, first int) {
	for n.Op() == autodiff.OpBroadcast {
		n = n.Operands()[0]
	}
	data, ok := n.Value()
	if !ok || len(data) == 0 {
		return 0, 0
	}
	sorted := slices.Compact(slices.Sorted(slices.Values(data)))
	if sorted[0] != 0 && sorted[0] != 1 {
		return 0, 0
	}
	for i, v := range sorted {
		if v != sorted[0]+float64(i) {
			return 0, 0
		}
	}
	return len(sorted), int(sorted[0])
}
