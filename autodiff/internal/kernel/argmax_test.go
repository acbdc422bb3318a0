package kernel

import (
	"math"
	"math/rand/v2"
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

// TestArgMax compares many columns taken together, in float32, with one after the other, in float64: among equal numbers,
// infinities and NaN too.
func TestArgMax(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for _, c := range []struct{ outer, n, inner int }{
		{1, 7, 1}, {3, 1, 1}, {1, 1, 3}, {768, 12, 1}, {100, 257, 1}, {5, 4000, 1}, {3, 5, 7}, {2, 3, 5000}, {1000, 40, 1}, {0, 3, 2}, {2, 300, 64},
	} {
		x, x64 := unordered(rng, c.outer*c.n*c.inner, 400)
		want := make([]float64, c.outer*c.inner)
		ArgMax(NewWorkspace[float64](1), want, x64, c.outer, c.n, c.inner)()
		for _, threads := range []int{1, 3} {
			got := run(len(want), func(to []float32) { ArgMax(NewWorkspace[float32](threads), to, x, c.outer, c.n, c.inner)() })
			for k := range got {
				if float64(got[k]) != want[k] {
					t.Fatalf("%v, %d threads: element %d is %v, want %v", c, threads, k, got[k], want[k])
				}
			}
		}
	}
}

// unordered returns n small whole numbers, in both types; one of so many is NaN, and one is infinite.
func unordered(rng *rand.Rand, n, oneOf int) (x []float32, x64 []float64) {
	x, x64 = make([]float32, n), make([]float64, n)
	for k := range x {
		x[k] = float32(rng.IntN(4))
		switch rng.IntN(oneOf) {
		case 0:
			x[k] = nan32
		case 1:
			x[k] = float32(math.Inf(1 - 2*rng.IntN(2)))
		}
		x64[k] = float64(x[k])
	}
	return x, x64
}
