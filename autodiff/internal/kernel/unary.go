package kernel

import "math"

// Each function of this file is the loop
//
//	for i := range dst { dst[i] = f(a[i]) }
//
// for the f it is named after; dst and a may be the same slice. In float32 the
// function is computed in float64 and rounded once.

func Neg[T Float](dst, a []T) {
	for i, v := range a {
		dst[i] = -v
	}
}

func Abs[T Float](dst, a []T) {
	for i, v := range a {
		dst[i] = T(math.Abs(float64(v)))
	}
}

// Sign gives −1, 0 or 1, and NaN for NaN.
func Sign[T Float](dst, a []T) {
	for i, v := range a {
		switch {
		case v > 0:
			dst[i] = 1
		case v < 0:
			dst[i] = -1
		default:
			dst[i] = v // ±0 or NaN
		}
	}
}

// ReLU gives x where x > 0, NaN for NaN, else 0.
func ReLU[T Float](dst, a []T) {
	for i, v := range a {
		dst[i] = max(v, 0)
	}
}

func Reciprocal[T Float](dst, a []T) {
	for i, v := range a {
		dst[i] = 1 / v
	}
}

// Logistic is 1/(1+e^−x), by the exponential that does not overflow.
func Logistic[T Float](dst, a []T) {
	for i, v := range a {
		e := math.Exp(-math.Abs(float64(v)))
		if v >= 0 {
			dst[i] = T(1 / (1 + e))
		} else {
			dst[i] = T(e / (1 + e))
		}
	}
}

func Exp[T Float](dst, a []T)   { each(dst, a, math.Exp) }
func Log[T Float](dst, a []T)   { each(dst, a, math.Log) }
func Log1p[T Float](dst, a []T) { each(dst, a, math.Log1p) }
func Expm1[T Float](dst, a []T) { each(dst, a, math.Expm1) }
func Sqrt[T Float](dst, a []T)  { each(dst, a, math.Sqrt) }
func Tanh[T Float](dst, a []T)  { each(dst, a, math.Tanh) }
func Erf[T Float](dst, a []T)   { each(dst, a, math.Erf) }
func Sin[T Float](dst, a []T)   { each(dst, a, math.Sin) }
func Cos[T Float](dst, a []T)   { each(dst, a, math.Cos) }
func Asin[T Float](dst, a []T)  { each(dst, a, asin) }
func Atan[T Float](dst, a []T)  { each(dst, a, math.Atan) }
func Asinh[T Float](dst, a []T) { each(dst, a, math.Asinh) }
func Floor[T Float](dst, a []T) { each(dst, a, math.Floor) }
func Ceil[T Float](dst, a []T)  { each(dst, a, math.Ceil) }

// asin takes (1−x)(1+x) where math.Asin takes 1−x², which keeps few digits near ±1.
func asin(x float64) float64 { return math.Atan2(x, math.Sqrt((1-x)*(1+x))) }

// Round rounds halves to even.
func Round[T Float](dst, a []T) { each(dst, a, math.RoundToEven) }

func each[T Float](dst, a []T, f func(float64) float64) {
	for i, v := range a {
		dst[i] = T(f(float64(v)))
	}
}
