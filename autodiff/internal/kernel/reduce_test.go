package kernel

import (
	"math"
	"testing"
)

func TestArgMaxTakesTheFirst(t *testing.T) {
	x := []float64{1, 3, 3, 2, math.NaN(), 9, 5, 5, 5}
	got := make([]float64, 3)
	ArgMax(NewWorkspace[float64](1), got, x, 3, 3, 1)()
	if got[0] != 1 || got[1] != 1 || got[2] != 0 {
		t.Errorf("got %v, want [1 1 0]", got)
	}
}
