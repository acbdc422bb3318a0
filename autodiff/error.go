package autodiff

import (
	"fmt"

	"onnx-metainit/autodiff/internal/program"
)

// Error says which primitive was given operands that do not fit.
type Error struct {
	Op      string // the primitive, or the builder
	Message string // what was expected and what came
	cause   error  // of a context that is done; else nil
}

func (e *Error) Error() string { return e.Op + ": " + e.Message }

func (e *Error) Unwrap() error { return e.cause }

// fail panics with an *Error; Maybe and the callers' own recovers turn it into
// an error value.
func fail(op, format string, args ...any) {
	panic(&Error{Op: op, Message: fmt.Sprintf(format, args...)})
}

// Maybe calls build and returns the *Error it panicked with, or nil. Other
// panics pass through.
func Maybe(build func()) (err error) {
	defer Caught(&err)
	build()
	return nil
}

// Caught, deferred, makes the *Error that a function panics with the error that
// it returns. Other panics pass through.
func Caught(err *error) {
	switch r := recover().(type) {
	case nil:
	case *Error:
		*err = r
	case *program.Failure:
		*err = &Error{Op: "compile", Message: r.Message}
	default:
		panic(r)
	}
}
