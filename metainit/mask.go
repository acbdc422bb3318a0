package metainit

import "math"

// maskedBelow is what masks have at the places that they close, or less: −10⁴, which half precision holds too, −10⁹, the
// lowest number of the type, −∞. What is added there leaves a softmax nothing.
const maskedBelow = -1e4

// spread is the range of a tensor's elements.
type spread struct {
	least, greatest float64
	nan             bool
}

func newSpread() spread { return spread{least: math.Inf(1), greatest: math.Inf(-1)} }

func (s *spread) add(elements []float64) {
	for _, v := range elements {
		s.least, s.greatest, s.nan = min(s.least, v), max(s.greatest, v), s.nan || v != v
	}
}

// uniform reports whether all elements are equal.
func (s spread) uniform() bool { return s.least == s.greatest }

// masks reports whether the tensor is a mask that is added to scores, which may hold biases at the places that it leaves
// open: far below zero, and nowhere above zero by more than a thousandth of that. Nothing trained is.
func (s spread) masks() bool {
	return !s.nan && s.least <= maskedBelow && s.greatest <= -s.least/1000 && !math.IsInf(s.greatest, 1)
}
