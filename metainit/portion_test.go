package metainit

import (
	"testing"

	"onnx-metainit/autodiff"
)

// TestPortionsOfReferences computes the references with their batches cut into portions.
func TestPortionsOfReferences(t *testing.T) {
	cut := 0
	for _, r := range references(t) {
		p := r.problem(t, autodiff.Float64)
		terms, whole := p.loss.terms, p.loss.node
		if terms.Rank() == 0 || terms.Shape()[0]%2 != 0 {
			continue // a loss that is an output
		}
		if p.loss.node = mean(terms, 2); p.loss.node != whole {
			cut++
		}
		t.Run(r.name, func(t *testing.T) {
			m, err := p.Measure()
			if err != nil {
				t.Fatal(err)
			}
			r.check(t, m)
		})
	}
	if cut < 20 {
		t.Errorf("only %d were cut", cut)
	}
}
