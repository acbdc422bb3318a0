package metainit

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSortFloats: the order is that of slices.Sort, of numbers of all sizes.
func TestSortFloats(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for n := range 130 {
		list := []float32{float32(math.Inf(1)), 0, float32(math.Inf(-1)), math.SmallestNonzeroFloat32, -math.MaxFloat32}[:min(n, 5)]
		for len(list) < n {
			if v := math.Float32frombits(random.Uint32()); v == v {
				list = append(list, v)
			}
		}
		want := slices.Sorted(slices.Values(list))
		if sortFloats(list); !slices.Equal(list, want) {
			t.Fatalf("got %v, want %v", list, want)
		}
	}
}
