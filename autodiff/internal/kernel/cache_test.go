package kernel

import "testing"

// TestPrefetch asks for slices of all lengths, and for the very end of one.
func TestPrefetch(t *testing.T) {
	x := make([]float32, 130)
	for n := range x {
		Prefetch(x[:n])
		Prefetch(x[len(x)-n:])
	}
	Prefetch(make([]float64, 1))
	for i, v := range x {
		if v != 0 {
			t.Fatalf("element %d is %v: asking for memory must not change it", i, v)
		}
	}
}
