package metainit

import (
	"errors"
	"fmt"
	"math"
)

// The kinds of errors that callers may want to tell apart.
var (
	// ErrNotFinite: weights, loss or quotient are NaN or infinite.
	ErrNotFinite = errors.New("not finite")

	// ErrNothingToTune: no weight has a differentiable path to the loss.
	ErrNothingToTune = errors.New("nothing to tune")

	// ErrNoGradient: the gradient is zero, or only rounding.
	ErrNoGradient = errors.New("nothing can be measured")
)

// NotFiniteError is an ErrNotFinite: the tensor of the file holds NaN or infinite values, in any precision.
type NotFiniteError struct{ Tensor string }

func (e *NotFiniteError) Error() string {
	return fmt.Sprintf("tensor %q holds NaN or infinite values: %v", e.Tensor, ErrNotFinite)
}

func (e *NotFiniteError) Unwrap() error { return ErrNotFinite }

func allFinite(values ...float64) bool {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}
