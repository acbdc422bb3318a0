package metainit

import "math"

// What masks have at the places that they close. Below maskedBelow are −10⁴, which half precision holds too, −10⁹, the
// lowest number of the type, −∞: what is added there leaves a softmax nothing, and the places left open may hold biases.
// From closedBelow on, as in the −100 of shifted windows, a mask is told by having 0 everywhere else.
const (
	maskedBelow = -1e4
	closedBelow = -100
)

// spread is the range of a tensor's elements.
type spread struct {
	least, greatest float64
	nan             bool
	numbers         bool    // an element is finite
	level           float64 // the first element that is not 0
	more            bool    // there are others than 0 and level
}

func newSpread() spread { return spread{least: math.Inf(1), greatest: math.Inf(-1)} }

func (s *spread) add(elements []float64) {
	least, greatest := s.known()
	for _, v := range elements {
		if !(least <= v && v <= greatest) {
			s.look(v)
			least, greatest = s.known()
		}
	}
}

// known is the range whose elements tell nothing more; it is empty at first, and once there is NaN.
func (s *spread) known() (least, greatest float64) {
	if s.more && s.numbers {
		return s.least, s.greatest
	}
	return math.Inf(1), math.Inf(-1)
}

func (s *spread) look(v float64) {
	s.least, s.greatest, s.nan = min(s.least, v), max(s.greatest, v), s.nan || v != v
	s.numbers = s.numbers || allFinite(v)
	if v != 0 && v != s.level {
		s.more = s.more || s.level != 0
		s.level = v
	}
}

// uniform reports whether all elements are equal.
func (s spread) uniform() bool { return s.least == s.greatest }

// masks reports whether the tensor is a mask that is added to scores: far below zero, and nowhere above zero by more than a
// thousandth of that, or 0 and one number below zero. Nothing trained is.
func (s spread) masks() bool {
	switch {
	case s.nan || math.IsInf(s.greatest, 1):
		return false
	case s.least <= maskedBelow && s.greatest <= -s.least/1000:
		return true
	}
	return !s.more && s.greatest == 0 && s.least <= closedBelow
}

// selects reports whether the tensor is a mask that something is multiplied by: 0 and 1, both of them.
func (s spread) selects() bool { return !s.more && s.least == 0 && s.greatest == 1 }
