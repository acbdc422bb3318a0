package kernel

import (
	"math"
	"slices"
	"testing"
)

func TestArgSortKeepsTheOrderOfEquals(t *testing.T) {
	inf := math.Inf(1)
	x := []float64{2, 1, 2, 1, 0, 0, 0, 0, inf, -inf, math.NaN(), -1}
	got := make([]float64, len(x))
	ArgSort(NewWorkspace[float64](2), got, x, 4)()
	if want := []float64{1, 3, 0, 2, 0, 1, 2, 3, 2, 1, 3, 0}; !slices.Equal(got, want) {
		t.Errorf("indices %v, want %v", got, want)
	}
}
