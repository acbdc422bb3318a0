package metainit

import (
	"errors"
	"math"
)

// The kinds of errors that callers may want to tell apart.
var (
	// ErrNotFinite: weights, loss or quotient are NaN or infinite.
	ErrNotFinite = errors.New("not finite")

	// ErrNothingToTune: no weight has a differentiable path to the loss.
	ErrNothingToTune = errors.New("nothing to tune")
)

func allFinite(values ...float64) bool {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}
