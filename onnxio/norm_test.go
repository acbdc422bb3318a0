package onnxio

import (
	"math"
	"testing"
)

// TestNormOfBlocks adds blocks of all small lengths, of ordinary numbers and of those whose squares are none, in any order.
func TestNormOfBlocks(t *testing.T) {
	scales := []float64{1, 1e-30, 1e-101, 1e-99, 1e-160, 1e-300, 1e140, 1e144, 1e146, 1e200}
	for length := range 14 {
		for _, first := range scales {
			for _, second := range scales {
				var n Norm
				want := 0.0
				for _, scale := range []float64{first, second} {
					x := make([]float64, length)
					for i := range x {
						x[i] = float64(i%5-2) * scale
						want = math.Hypot(want, x[i])
					}
					n.Add(x)
				}
				if got := n.Value(); math.Abs(got-want) > 1e-14*want {
					t.Errorf("%d numbers of about %v and %v: norm %v, want %v", length, first, second, got, want)
				}
			}
		}
	}
}
