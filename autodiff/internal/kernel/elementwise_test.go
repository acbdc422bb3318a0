package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestUnaryAgainstMath checks each function at all lengths and at specials.
func TestUnaryAgainstMath(t *testing.T) {
	functions := map[string]struct {
		f32  func(dst, a []float32)
		f64  func(dst, a []float64)
		want func(float64) float64
	}{
		"neg":        {Neg[float32], Neg[float64], func(x float64) float64 { return -x }},
		"abs":        {Abs[float32], Abs[float64], math.Abs},
		"reciprocal": {Reciprocal[float32], Reciprocal[float64], func(x float64) float64 { return 1 / x }},
		"logistic":   {Logistic[float32], Logistic[float64], func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }},
		"exp":        {Exp[float32], Exp[float64], math.Exp},
		"log":        {Log[float32], Log[float64], math.Log},
		"log1p":      {Log1p[float32], Log1p[float64], math.Log1p},
		"expm1":      {Expm1[float32], Expm1[float64], math.Expm1},
		"sqrt":       {Sqrt[float32], Sqrt[float64], math.Sqrt},
		"tanh":       {Tanh[float32], Tanh[float64], math.Tanh},
		"erf":        {Erf[float32], Erf[float64], math.Erf},
		"sin":        {Sin[float32], Sin[float64], math.Sin},
		"cos":        {Cos[float32], Cos[float64], math.Cos},
		"asin": {Asin[float32], Asin[float64], func(x float64) float64 {
			if math.Abs(x) < 0.5 {
				return math.Asin(x)
			}
			return math.Copysign(math.Pi/2-2*math.Asin(math.Sqrt((1-math.Abs(x))/2)), x)
		}},
		"atan":  {Atan[float32], Atan[float64], math.Atan},
		"asinh": {Asinh[float32], Asinh[float64], math.Asinh},
		"floor": {Floor[float32], Floor[float64], math.Floor},
		"ceil":  {Ceil[float32], Ceil[float64], math.Ceil},
		"round": {Round[float32], Round[float64], math.RoundToEven},
		"sign": {Sign[float32], Sign[float64], func(x float64) float64 {
			switch {
			case x > 0:
				return 1
			case x < 0:
				return -1
			}
			return x
		}},
	}
	rng := rand.New(rand.NewPCG(7, 8))
	for name, f := range functions {
		for n := range 130 {
			x64, x32 := random[float64](rng, n), random[float32](rng, n)
			copy(x64, []float64{0, math.Copysign(0, -1), 1e308, -1e308, math.Inf(1), math.Inf(-1), math.NaN(), 2.5, -800, 1 - 1e-15, -1})
			copy(x32, []float32{0, 1e38, -1e38, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()), 2.5, -100, 1 - 1e-7, -1})
			in64, in32 := slices.Clone(x64), slices.Clone(x32)
			f.f64(x64, x64) // in place
			f.f32(x32, x32)
			for i := range n {
				if want := f.want(in64[i]); !same(x64[i], want, 1e-15) {
					t.Fatalf("%s(%v) is %v, want %v", name, in64[i], x64[i], want)
				}
				if want := f.want(float64(in32[i])); !same(float64(x32[i]), float64(float32(want)), 1e-7) {
					t.Fatalf("%s(%v) in float32 is %v, want %v", name, in32[i], x32[i], want)
				}
			}
		}
	}
}

func same(got, want, tolerance float64) bool {
	if math.IsNaN(want) || math.IsInf(want, 0) {
		return math.IsNaN(got) && math.IsNaN(want) || got == want
	}
	return math.Abs(got-want) <= tolerance*math.Abs(want)
}

// TestElementwiseViews reads operands through every kind of stride.
func TestElementwiseViews(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	shape := []int{3, 4, 700}
	views := []Strided{
		Contiguous(shape),
		{Shape: shape, Strides: []int{0, 0, 0}},
		{Shape: shape, Strides: []int{1, 3, 12}},
		{Shape: shape, Strides: []int{0, 700, 1}},
		{Shape: shape, Strides: []int{2800, 700, -1}, Offset: 699},
		{Shape: shape, Strides: []int{4, 1, 0}},
	}
	x, y := random[float64](rng, 8400), random[float64](rng, 8400)
	for _, a := range views {
		for _, b := range views {
			got := make([]float64, 8400)
			add := func(dst, a, b, _ []float64) { Add(dst, a, b) }
			Elementwise(got, [][]float64{x, y}, []Strided{a, b}, add)
			for i := range got {
				at := func(s Strided) int {
					return s.Offset + i/2800*s.Strides[0] + i/700%4*s.Strides[1] + i%700*s.Strides[2]
				}
				if want := x[at(a)] + y[at(b)]; got[i] != want {
					t.Fatalf("views %v, %v: element %d is %v, want %v", a, b, i, got[i], want)
				}
			}
		}
	}
}

func TestCopyBetweenViews(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	x := random[float64](rng, 24)
	dst := make([]float64, 100)
	to := Strided{Shape: []int{2, 3, 4}, Strides: []int{50, 13, 3}, Offset: 2}
	from := Strided{Shape: []int{2, 3, 4}, Strides: []int{1, 8, 2}}
	Copy(NewWorkspace[float64](2), dst, to, x, from)()
	for i := range 24 {
		a, b, c := i/12, i/4%3, i%4
		if got, want := dst[2+a*50+b*13+c*3], x[a+b*8+c*2]; got != want {
			t.Fatalf("element %d is %v, want %v", i, got, want)
		}
	}
}

// TestScale scales more than one call of a loop takes.
func TestScale(t *testing.T) {
	single, double := make([]float32, 2*longestRun+3), make([]float64, 5)
	for i := range single {
		single[i] = float32(i)
	}
	for i := range double {
		double[i] = float64(i)
	}
	Scale(single, 0.1)
	Scale(double, 0.1)
	for i, v := range single {
		if v != float32(i)*float32(0.1) {
			t.Fatalf("float32: element %d is %v", i, v)
		}
	}
	for i, v := range double {
		if v != float64(i)*0.1 {
			t.Fatalf("float64: element %d is %v", i, v)
		}
	}
}
