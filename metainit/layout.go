package metainit

import (
	"math"
	"math/bits"
)

// layout is how a tensor has its values: hashes of them in order, in the order of the transpose, and in any order. Equal
// numbers have equal hashes, whatever their types.
type layout struct{ ordered, turned, unordered uint64 }

// layoutReader finds the layout of elements that are given in order.
type layoutReader struct {
	layout
	l1 float64 // Σ |x|, taken here since their bits are read

	place, turnedPlace   uint64 // multiplier to the power of the next element's place, and of that in the transpose
	first                uint64 // to the power of the place of the row's first element in the transpose
	columns, left        int    // of a row: all, and those that are still to come; 0 of what is no matrix
	across, turnedAcross powers // of multiplier, and of it to the power of the number of rows
}

// powers are those of a number from 0 on.
type powers [257]uint64

func powersOf(x uint64) (p powers) {
	p[0] = 1
	for i := range p[1:] {
		p[i+1] = p[i] * x
	}
	return p
}

// multiplier of a place: a hash is Σ foldedProduct(x)·multiplierᵖ by the places p, modulo 2⁶⁴, in any order that with p = 0.
const multiplier uint64 = 0xd1342543de82ef95

func newLayoutReader(shape []int) *layoutReader {
	l := &layoutReader{place: 1, across: powersOf(multiplier)}
	if shape = withoutOnes(shape); len(shape) == 2 {
		l.columns, l.left = shape[1], shape[1]
		l.turnedPlace, l.first = 1, 1
		down := uint64(1)
		for range shape[0] {
			down *= multiplier
		}
		l.turnedAcross = powersOf(down)
	}
	return l
}

// add takes the next elements.
func (l *layoutReader) add(block []float64) {
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

// addRow takes elements of one row. Their places come from tables, so that no product waits for the one before.
func (l *layoutReader) addRow(row []float64) {
	for len(row) > 0 {
		n := min(len(row), len(l.across)-1)
		across, turnedAcross := l.across[:n], l.turnedAcross[:n]
		var ordered, turned, unordered uint64
		var absolute float64
		for i, v := range row[:n] {
			word := math.Float64bits(v + 0) // 0 of −0
			absolute += math.Float64frombits(word &^ (1 << 63))
			x := foldedProduct(word)
			unordered += x
			ordered += x * across[i]
			turned += x * turnedAcross[i]
		}
		l.l1 += absolute
		l.unordered += unordered
		l.ordered += ordered * l.place
		l.turned += turned * l.turnedPlace
		l.place *= l.across[n]
		l.turnedPlace *= l.turnedAcross[n]
		row = row[n:]
	}
}

// foldedProduct joins the halves of a product of 128 bits, as wyhash does: half the time of scramble.
func foldedProduct(x uint64) uint64 {
	upper, lower := bits.Mul64(x^0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9)
	return upper ^ lower
}
