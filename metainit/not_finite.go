package metainit

import (
	"fmt"
	"math"
	"slices"
)

// NotFiniteError says which figure is not finite, and at which node of the model that begins. It
// is an ErrNotFinite.
type NotFiniteError struct {
	Figures  string // what the figures are
	Node     string // its name; its first output's if it has none; "" if it is not known
	Operator string
	Order    int // of the node's derivative that is not finite; 0 for its result
}

func (e *NotFiniteError) Error() string {
	if e.Operator == "" {
		return e.Figures + ": " + ErrNotFinite.Error()
	}
	what := []string{"result", "derivative", "second derivative", "third derivative"}[e.Order]
	return fmt.Sprintf("%s: the %s of node %q (%s) is %v", e.Figures, what, e.Node, e.Operator, ErrNotFinite)
}

func (e *NotFiniteError) Unwrap() error { return ErrNotFinite }

// notFinite is the error of figures that are not finite on batch k at the weights of the file.
func (p *Problem) notFinite(figures string, k uint64, logarithmic bool) error {
	e := &NotFiniteError{Figures: figures}
	if s, order := p.blame(k, logarithmic); s != nil {
		e.Node, e.Operator, e.Order = s.Node, s.Operator, order
	}
	return e
}

// quotient returns the quotient of a reading that is not finite, the log quotient if that is the
// only one.
func (r reading) quotient() (name string, value float64) {
	if allFinite(r.gq) && !allFinite(r.lgq) {
		return "log quotient", r.lgq
	}
	return "gradient quotient", r.gq
}

// figures says what loss, quotient (of the given name) and slopes are, so that it is seen
// which of them is not finite.
func (p *Problem) figures(loss float64, name string, quotient float64, slopes []float64) string {
	switch j := slices.IndexFunc(slopes, func(d float64) bool { return !allFinite(d) }); {
	case !allFinite(loss):
		return fmt.Sprintf("the loss is %v", loss)
	case !allFinite(quotient) || j < 0:
		return fmt.Sprintf("the loss is %v, but the %s %v", loss, name, quotient)
	default:
		return fmt.Sprintf("the loss is %v and the %s %v, but the derivative of that by the norm of %q is %v",
			loss, name, quotient, p.counted[j].Name, slopes[j]/p.counted[j].Norm)
	}
}

func allFinite(values ...float64) bool {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}
