package kernel

import "math"

// Each function of this file is the loop
//
//	for i := range dst { dst[i] = f(a[i], b[i]) }
//
// for the f it is named after; dst may be a or b.

func Add[T Float](dst, a, b []T) {
	b, dst = b[:len(a)], dst[:len(a)]
	for i, v := range a {
		dst[i] = v + b[i]
	}
}

func Sub[T Float](dst, a, b []T) {
	b, dst = b[:len(a)], dst[:len(a)]
	for i, v := range a {
		dst[i] = v - b[i]
	}
}

func Mul[T Float](dst, a, b []T) {
	b, dst = b[:len(a)], dst[:len(a)]
	for i, v := range a {
		dst[i] = v * b[i]
	}
}

func Div[T Float](dst, a, b []T) {
	b, dst = b[:len(a)], dst[:len(a)]
	for i, v := range a {
		dst[i] = v / b[i]
	}
}

func Pow[T Float](dst, a, b []T) {
	for i, v := range a {
		dst[i] = T(math.Pow(float64(v), float64(b[i])))
	}
}

// Max gives NaN if either operand is NaN.
func Max[T Float](dst, a, b []T) {
	for i, v := range a {
		dst[i] = max(v, b[i])
	}
}

// Min gives NaN if either operand is NaN.
func Min[T Float](dst, a, b []T) {
	for i, v := range a {
		dst[i] = min(v, b[i])
	}
}

func Equal[T Float](dst, a, b []T) {
	for i, v := range a {
		dst[i] = mask[T](v == b[i])
	}
}

func Less[T Float](dst, a, b []T) {
	for i, v := range a {
		dst[i] = mask[T](v < b[i])
	}
}

func LessEqual[T Float](dst, a, b []T) {
	for i, v := range a {
		dst[i] = mask[T](v <= b[i])
	}
}

// Select takes b where the mask a is not 0, else c.
func Select[T Float](dst, a, b, c []T) {
	b, c, dst = b[:len(a)], c[:len(a)], dst[:len(a)]
	for i, m := range a {
		if m != 0 {
			dst[i] = b[i]
		} else {
			dst[i] = c[i]
		}
	}
}

func mask[T Float](b bool) T {
	if b {
		return 1
	}
	return 0
}
