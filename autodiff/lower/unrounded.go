package lower

import (
	"math"
	"strconv"
)

// An exporter rounds the numbers that a program computes with to float32: 1e-5, √2, 1/√64. The program itself, run in
// double precision, uses the number and not its float32 neighbour, and the two differ by up to 6e-8. The functions here
// find the number that was rounded, where it can be told.

// exactAttribute returns the number that a float attribute stands for: a number that unrounded knows, else the shortest
// decimal that rounds to f.
func exactAttribute(f float32) float64 {
	if x, ok := unrounded(f); ok {
		return x
	}
	return shortest(f)
}

// exactConstant returns the number that a float32 tensor of one element stands for, in a Constant node or stored by name: a
// number that unrounded knows, else a decimal of up to six digits that rounds to f, else f itself.
func exactConstant(f float32) float64 {
	if x, ok := unrounded(f); ok {
		return x
	}
	if digits(f) <= 6 {
		return shortest(f)
	}
	return float64(f)
}

// unrounded finds √k, ⁴√k, 1/k, 1/√k, 1/⁴√k for whole k up to 65536, and the constants of activation functions.
func unrounded(f float32) (float64, bool) {
	if f < 0 {
		x, ok := unrounded(-f)
		return -x, ok
	}
	v := float64(f)
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return v, false
	}
	for _, x := range namedConstants {
		if float32(x) == f {
			return x, true
		}
	}
	const limit = 65536
	for _, form := range roots {
		k := math.Round(form.whole(v))
		if k >= 2 && k <= limit && float32(form.value(k)) == f {
			return form.value(k), true
		}
	}
	// The scale of attention, 1/⁴√k for queries and keys each, is the root of a rounded 1/√k: rounded twice.
	if k := math.Round(1 / (v * v * v * v)); k >= 2 && k <= limit && float32(math.Sqrt(float64(float32(1/math.Sqrt(k))))) == f {
		return 1 / math.Sqrt(math.Sqrt(k)), true
	}
	return 0, false
}

var roots = []struct{ whole, value func(float64) float64 }{
	{func(v float64) float64 { return v * v }, math.Sqrt},
	{func(v float64) float64 { return 1 / (v * v) }, func(k float64) float64 { return 1 / math.Sqrt(k) }},
	{func(v float64) float64 { return 1 / v }, func(k float64) float64 { return 1 / k }},
	{func(v float64) float64 { return v * v * v * v }, func(k float64) float64 { return math.Sqrt(math.Sqrt(k)) }},
	{func(v float64) float64 { return 1 / (v * v * v * v) }, func(k float64) float64 { return 1 / math.Sqrt(math.Sqrt(k)) }},
}

var namedConstants = []float64{
	math.Pi, 2 * math.Pi, math.Pi / 2, math.E, math.Ln2, 1 / math.Ln2, math.Ln10,
	math.Sqrt(math.Pi), math.Sqrt(2 / math.Pi), math.Sqrt(2 * math.Pi), 2 / math.Sqrt(math.Pi), 1 / math.Sqrt(2*math.Pi),
	math.Log(2 * math.Pi), math.Log(2*math.Pi) / 2,
	seluAlpha, seluGamma,
}

// The constants of SELU (Klambauer et al., "Self-Normalizing Neural Networks", 2017).
const (
	seluAlpha = 1.6732632423543772848170429916717
	seluGamma = 1.0507009873554804934193349852946
)

func shortest(f float32) float64 {
	x, err := strconv.ParseFloat(strconv.FormatFloat(float64(f), 'g', -1, 32), 64)
	if err != nil {
		return float64(f)
	}
	return x
}

// digits returns the number of significant decimal digits that tell f from its neighbours.
func digits(f float32) int {
	n := 0
	for _, c := range strconv.FormatFloat(float64(f), 'e', -1, 32) {
		switch {
		case c == 'e':
			return n
		case c >= '0' && c <= '9':
			n++
		}
	}
	return n
}
