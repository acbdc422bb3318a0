package lower

import (
	"math"
	"testing"
)

func TestExactAttribute(t *testing.T) {
	for _, want := range []float64{1e-5, 1e-12, 0.01, 0.2, 0.5, 0, -0.1, 3, 16777216, 1.0 / 3, 1.0 / 6, math.Sqrt2, -math.Sqrt2, seluAlpha, seluGamma, 0.044715} {
		if got := exactAttribute(float32(want)); got != want {
			t.Errorf("%v is read as %v", want, got)
		}
	}
	if got := exactAttribute(float32(math.Inf(1))); !math.IsInf(got, 1) {
		t.Errorf("infinity is read as %v", got)
	}
	if got := exactAttribute(float32(math.NaN())); !math.IsNaN(got) {
		t.Errorf("NaN is read as %v", got)
	}
}

func TestExactConstant(t *testing.T) {
	for _, want := range []float64{math.Sqrt2, math.Sqrt(8), 1 / math.Sqrt(64), 1 / math.Sqrt(48), math.Sqrt(2 / math.Pi), math.Pi, math.Sqrt(65535),
		1 / math.Sqrt(math.Sqrt(20)), math.Log(2 * math.Pi), -math.Sqrt(3), 7, 0} {
		if got := exactConstant(float32(want)); got != want {
			t.Errorf("%v is read as %v", want, got)
		}
	}
	for _, k := range []float64{64, 80, 96, 130} {
		twice := float32(math.Sqrt(float64(float32(1 / math.Sqrt(k)))))
		if got, want := exactConstant(twice), 1/math.Sqrt(math.Sqrt(k)); got != want {
			t.Errorf("1/⁴√%v, rounded twice, is read as %v, want %v", k, got, want)
		}
	}
	if got := exactConstant(0.1); got != 0.1 {
		t.Errorf("0.1 is read as %v", got)
	}
	// Numbers without a sign of rounding stay what they are.
	for _, f := range []float32{0.12345679, 123.45679, -3.3333335, math.MaxFloat32} {
		if got := exactConstant(f); got != float64(f) {
			t.Errorf("%v is read as %v", f, got)
		}
	}
}
