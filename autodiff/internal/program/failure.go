package program

import "fmt"

// Failure is what Compile panics with if it cannot make a program.
type Failure struct{ Message string }

func fail(format string, args ...any) { panic(&Failure{fmt.Sprintf(format, args...)}) }
