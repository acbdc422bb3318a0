package metainit

import "math"

// layout is how a tensor has its values: hashes of them in order, in the order of the transpose, and in any order. Equal
// numbers have equal hashes, whatever their types.
type layout struct {
	ordered, turned, unordered uint64

	place, turnedPlace uint64 // multiplier to the power of the next element's place, and of that in the transpose
	first, down        uint64 // to the power of the place of the row's first element in the transpose, and of the number of rows
	columns, left      int    // of a row: all, and those that are still to come; 0 of what is no matrix
}

// multiplier of a place: a hash is Σ scramble(x)·multiplierᵖ by the places p, modulo 2⁶⁴, in any order that with p = 0.
const multiplier uint64 = 0xd1342543de82ef95

func newLayout(shape []int) *layout {
	l := &layout{place: 1}
	if shape = withoutOnes(shape); len(shape) == 2 {
		l.columns, l.left = shape[1], shape[1]
		l.turnedPlace, l.first, l.down = 1, 1, 1
		for range shape[0] {
			l.down *= multiplier
		}
	}
	return l
}

// add takes the next elements.
func (l *layout) add(block []float64) {
	for len(block) > 0 {
		n := len(block)
		if l.columns > 0 {
			n = min(n, l.left)
		}
		l.addRow(block[:n])
		if block = block[n:]; l.columns > 0 {
			if l.left -= n; l.left == 0 {
				l.first *= multiplier
				l.turnedPlace, l.left = l.first, l.columns
			}
		}
	}
}

// addRow takes elements of one row.
func (l *layout) addRow(block []float64) {
	ordered, turned, unordered, place, turnedPlace := l.ordered, l.turned, l.unordered, l.place, l.turnedPlace
	for _, v := range block {
		x := scramble(math.Float64bits(v + 0)) // 0 of −0
		unordered += x
		ordered += x * place
		turned += x * turnedPlace
		place *= multiplier
		turnedPlace *= l.down
	}
	l.ordered, l.turned, l.unordered, l.place, l.turnedPlace = ordered, turned, unordered, place, turnedPlace
}
