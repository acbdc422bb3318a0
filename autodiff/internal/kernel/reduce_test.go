package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func TestSum(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	shapes := [][]int{{}, {0}, {1}, {7}, {5, 3}, {1, 9}, {4, 1, 6}, {2, 3, 4, 5}, {3, 0, 2}, {9000}, {2, 9000}, {9000, 2}}
	for _, shape := range shapes {
		for mask := range 1 << len(shape) {
			reduced := make([]bool, len(shape))
			for i := range reduced {
				reduced[i] = mask>>i&1 != 0
			}
			size := 1
			for _, d := range shape {
				size *= d
			}
			x := random[float64](rng, size)
			kept := Contiguous(keptShape(shape, reduced))
			n := 1
			for _, d := range kept.Shape {
				n *= d
			}
			want := make([]float64, n)
			for i, v := range x {
				rest, at, k := i, 0, len(kept.Shape)-1
				for a := len(shape) - 1; a >= 0; a-- {
					if !reduced[a] {
						at += rest % shape[a] * kept.Strides[k]
						k--
					}
					rest /= shape[a]
				}
				want[at] += v
			}
			one, three := random[float64](rng, n), random[float64](rng, n)
			Sum(1, one, x, shape, reduced)
			Sum(3, three, x, shape, reduced)
			name := fmt.Sprintf("%v over %v", shape, reduced)
			almost(t, name, one, want, size)
			for i := range one {
				if one[i] != three[i] {
					t.Fatalf("%s: element %d differs with threads", name, i)
				}
			}
		}
	}
}

func TestSumOfFloat32IsExactToOneRounding(t *testing.T) {
	x := make([]float32, 1<<20)
	for i := range x {
		x[i] = 0.1
	}
	var got [1]float32
	Sum(2, got[:], x, []int{len(x)}, []bool{true})
	if want := float32(float64(float32(0.1)) * float64(len(x))); got[0] != want {
		t.Errorf("sum is %v, want %v", got[0], want)
	}
}

func TestArgMaxTakesTheFirst(t *testing.T) {
	x := []float64{1, 3, 3, 2, math.NaN(), 9, 5, 5, 5}
	got := make([]float64, 3)
	ArgMax(1, got, x, 3, 3, 1)
	if got[0] != 1 || got[1] != 1 || got[2] != 0 {
		t.Errorf("got %v, want [1 1 0]", got)
	}
}
