package onnxio

import (
	"math"
	"math/rand/v2"
	"sort"
	"testing"
)

// TestSixteenBits compares encoding with a search in the table of all values of the type.
func TestSixteenBits(t *testing.T) {
	for _, test := range []struct {
		name   string
		inf    uint64
		decode func(uint64) float64
		encode func(float64) uint64
	}{
		{"float16", 0x7c00, decodeFloat16, encodeFloat16},
		{"bfloat16", 0x7f80, decodeBfloat16, encodeBfloat16},
	} {
		t.Run(test.name, func(t *testing.T) {
			table := make([]float64, test.inf+1) // the values that are not negative, in order of their bits
			for word := range table {
				table[word] = test.decode(uint64(word))
			}
			// Where the next finite value would be is where rounding to infinity is decided.
			top := test.inf - 1
			table[test.inf] = 2*table[top] - table[top-1]
			nearest := func(x float64) uint64 {
				a := math.Abs(x)
				i := uint64(sort.SearchFloat64s(table, a))
				switch {
				case i > test.inf:
					i = test.inf
				case i > 0 && (a-table[i-1] < table[i]-a || a-table[i-1] == table[i]-a && i&1 == 1):
					i--
				}
				if math.Signbit(x) {
					i |= 0x8000
				}
				return i
			}
			check := func(x float64) {
				if got, want := test.encode(x), nearest(x); got != want {
					t.Fatalf("%v (%x) is %#04x, want %#04x", x, x, got, want)
				}
			}
			random := rand.New(rand.NewPCG(1, 2))
			for word := range test.inf {
				for _, sign := range []float64{1, -1} {
					low, high := sign*table[word], sign*table[word+1]
					middle := (low + high) / 2
					check(low)
					check(middle)
					check(math.Nextafter(middle, low))
					check(math.Nextafter(middle, high))
					check(low + (high-low)*random.Float64())
				}
			}
			for _, x := range []float64{1e300, -1e300, math.MaxFloat64, math.SmallestNonzeroFloat64, -1e-310, math.Inf(1), math.Inf(-1)} {
				check(x)
			}
			if x := test.decode(test.encode(math.NaN())); !math.IsNaN(x) {
				t.Errorf("NaN becomes %v", x)
			}
		})
	}
}
