package metainit

import (
	"errors"
	"fmt"
	"strings"
)

// The kinds of errors that callers may want to distinguish.
var (
	// ErrNotFinite: weights, loss or quotient are NaN or infinite.
	ErrNotFinite = errors.New("not finite")

	// ErrNothingToTune: no weight has a differentiable path to the loss.
	ErrNothingToTune = errors.New("nothing to tune")

	// ErrNoGradient: the gradient is zero, or only rounding.
	ErrNoGradient = errors.New("nothing can be measured")

	// ErrNoTrial: nobody can guess data that the loss would fall on. Given data is trained on as it is.
	ErrNoTrial = errors.New("no trial can be made")

	// ErrUnbounded: the quotient falls for ever as a norm changes, so that no norm is the best.
	ErrUnbounded = errors.New("there is no best norm")
)

// NotFiniteTensorError is an ErrNotFinite: the tensor of the file holds NaN or infinite values, in any precision.
type NotFiniteTensorError struct{ Tensor string }

func (e *NotFiniteTensorError) Error() string {
	return fmt.Sprintf("tensor %q holds NaN or infinite values: %v", e.Tensor, ErrNotFinite)
}

func (e *NotFiniteTensorError) Unwrap() error { return ErrNotFinite }

// UnknownNameError is the error for a name that is not one of the known ones.
type UnknownNameError struct {
	What  string // such as "candidate"
	Name  string
	Known []string
}

func (e *UnknownNameError) Error() string {
	return fmt.Sprintf("%s %q is not one of %s", e.What, e.Name, strings.Join(e.Known, ", "))
}

func unknownName[T ~string](what string, name T, known ...T) error {
	e := &UnknownNameError{What: what, Name: string(name)}
	for _, k := range known {
		e.Known = append(e.Known, string(k))
	}
	return e
}
