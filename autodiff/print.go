package autodiff

import (
	"fmt"
	"io"
)

// Print writes the nodes that outputs are computed from, one line each,
// operands first.
func Print(w io.Writer, outputs ...*Node) error {
	for _, n := range ancestors(outputs) {
		if _, err := fmt.Fprintln(w, n); err != nil {
			return err
		}
	}
	return nil
}
