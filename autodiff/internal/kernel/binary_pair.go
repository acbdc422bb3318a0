package kernel

// Each function of this file is the loop
//
//	for i := range dst { dst[i] = (a[i] ∘ b[i]) ∘ c[i] }
//
// for the two operations it is named after, both of them rounded; b and c may
// have length 1 and then stand for as many copies. dst may be an operand.

func AddAdd[T Float](dst, a, b, c []T) {
	stepB, stepC := advance(b), advance(c)
	for i, v := range a {
		dst[i] = v + b[i*stepB] + c[i*stepC]
	}
}

func AddMul[T Float](dst, a, b, c []T) {
	stepB, stepC := advance(b), advance(c)
	for i, v := range a {
		dst[i] = (v + b[i*stepB]) * c[i*stepC]
	}
}

func SubMul[T Float](dst, a, b, c []T) {
	stepB, stepC := advance(b), advance(c)
	for i, v := range a {
		dst[i] = (v - b[i*stepB]) * c[i*stepC]
	}
}

func MulAdd[T Float](dst, a, b, c []T) {
	stepB, stepC := advance(b), advance(c)
	for i, v := range a {
		dst[i] = T(v*b[i*stepB]) + c[i*stepC]
	}
}

func MulMul[T Float](dst, a, b, c []T) {
	stepB, stepC := advance(b), advance(c)
	for i, v := range a {
		dst[i] = v * b[i*stepB] * c[i*stepC]
	}
}

// advance is what an operand advances by for each element of dst.
func advance[T Float](a []T) int {
	if len(a) == 1 {
		return 0
	}
	return 1
}
