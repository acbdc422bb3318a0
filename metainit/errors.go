package metainit

import "errors"

// The kinds of errors that callers may want to tell apart.
var (
	// ErrNotFinite: weights, loss or quotient are NaN or infinite.
	ErrNotFinite = errors.New("not finite")

	// ErrNothingToTune: no weight has a differentiable path to the loss.
	ErrNothingToTune = errors.New("nothing to tune")
)
