package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestLoopBounds measures the error of the approximated functions: random
// numbers of both signs and of every exponent, and runs of neighbours where the
// formulas change. Instruction sets other than plain Go agree to the bit.
func TestLoopBounds(t *testing.T) {
	all := AllLoops()
	for _, c := range loopCases() {
		if c.bound == 0 {
			continue
		}
		t.Run("op="+c.name, func(t *testing.T) {
			worst, at := 0.0, float32(0)
			boundPoints(func(x []float32) {
				y := make([][]float32, len(all))
				for k, l := range all {
					y[k] = make([]float32, len(x))
					c.run(l, y[k], [][]float32{x})
				}
				for i, v := range x {
					want := c.want([]float64{float64(v)})
					for k, l := range all {
						if k > 1 && y[k][i] != y[1][i] && !math.IsNaN(want) {
							t.Fatalf("f(%v) is %v by %s, %v by %s", v, y[k][i], l.Name, y[1][i], all[1].Name)
						}
						if e := lastPlaces(y[k][i], want); e > worst {
							worst, at = e, v
						}
					}
				}
			})
			t.Logf("at most %.3f last places off, at %v", worst, at)
			if !(worst < c.bound) {
				t.Errorf("f(%v) is %.3f last places off, want less than %v", at, worst, c.bound)
			}
		})
	}
}

// boundPoints hands out the points in blocks.
func boundPoints(measure func(x []float32)) {
	rng := rand.New(rand.NewPCG(11, 12))
	x := make([]float32, 1024)
	for exponent := range uint32(256) {
		dense := 1
		if exponent >= 110 && exponent < 136 { // where the functions bend
			dense = 12
		}
		for range dense {
			for i := range x {
				x[i] = math.Float32frombits(uint32(i)<<31 | exponent<<23 | rng.Uint32()>>9)
			}
			measure(x)
		}
	}
	for _, border := range []float32{
		math.Ln2 / 2, math.Ln2 * 3 / 2, math.Sqrt2, math.Sqrt2 / 2, math.Sqrt2 - 1, 1 - math.Sqrt2/2, 1, 2, 0.55, 0.84375,
		3.8325, 4, 9.01, 17.33, 88.37626, 88.72284, 103.27893, 103.97208, 104, 0x1p-24, 0x1p-126, 0x1p24, 0x1p127,
	} {
		for i := range x {
			x[i] = math.Float32frombits(uint32(i)<<31 | math.Float32bits(border) + uint32(i/2) - 256)
		}
		measure(x)
	}
}
