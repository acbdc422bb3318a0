package lower

import (
	"math"
	"testing"
)

// TestIgnoredTargets: a target that is ignored counts nothing, though class 0 of its row, which stands in for it, is impossible.
func TestIgnoredTargets(t *testing.T) {
	m := mustImport(t, model(t, 13, input("x", float32Type, 2, 2), input("t", int64Type, 2),
		node("NegativeLogLikelihoodLoss", "x,t", "y", intAttribute("ignore_index", -100)), output("y")),
		Options{Known: map[string][]float64{"t": {-100, 1}}})
	got := evaluate(t, m, map[string][]float64{"x": {math.Inf(-1), 0, -1, -2}}, m.Outputs[0].Node)[0]
	if got[0] != 2 {
		t.Errorf("the loss is %v, want 2", got[0])
	}
}
