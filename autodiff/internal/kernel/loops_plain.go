package kernel

import "math"

var plainLoops = Loops{
	Name: "go",

	Neg: Neg[float32], Abs: Abs[float32], Sign: Sign[float32], Sqrt: Sqrt[float32], Reciprocal: Reciprocal[float32],
	Floor: Floor[float32], Ceil: Ceil[float32], Round: Round[float32],
	Exp: Exp[float32], Log: Log[float32], Log1p: Log1p[float32], Expm1: Expm1[float32],
	Tanh: Tanh[float32], Logistic: Logistic[float32], Erf: Erf[float32], Sin: Sin[float32], Cos: Cos[float32],

	Add: spread(Add[float32], func(a, b float32) float32 { return a + b }),
	Sub: spread(Sub[float32], func(a, b float32) float32 { return a - b }),
	Mul: spread(Mul[float32], func(a, b float32) float32 { return a * b }),
	Div: spread(Div[float32], func(a, b float32) float32 { return a / b }),
	Max: spread(Max[float32], func(a, b float32) float32 { return max(a, b) }),
	Min: spread(Min[float32], func(a, b float32) float32 { return min(a, b) }),
	Pow: plainPow,

	Equal:     spread(Equal[float32], func(a, b float32) float32 { return mask[float32](a == b) }),
	Less:      spread(Less[float32], func(a, b float32) float32 { return mask[float32](a < b) }),
	LessEqual: spread(LessEqual[float32], func(a, b float32) float32 { return mask[float32](a <= b) }),

	Select: plainSelect, Fill: plainFill,
	AddAdd: AddAdd[float32], AddMul: AddMul[float32], SubMul: SubMul[float32],
	MulAdd: MulAdd[float32], MulMul: MulMul[float32],
	Sum: plainSum, AddTo64: plainAddTo64,
}

// spread makes a loop take operands of length 1 as well, one element at a time.
func spread(loop func(dst, a, b []float32), f func(a, b float32) float32) func(dst, a, b []float32) {
	return func(dst, a, b []float32) {
		n := len(dst)
		if len(a) >= n && len(b) >= n {
			loop(dst, a[:n], b[:n])
			return
		}
		stepA, stepB := advance(a), advance(b)
		for i := range dst {
			dst[i] = f(a[i*stepA], b[i*stepB])
		}
	}
}

var plainPow = spread(Pow[float32], func(a, b float32) float32 { return float32(math.Pow(float64(a), float64(b))) })

func plainSelect(dst, mask, a, b []float32) {
	stepA, stepB := advance(a), advance(b)
	for i := range dst {
		if mask[i] != 0 {
			dst[i] = a[i*stepA]
		} else {
			dst[i] = b[i*stepB]
		}
	}
}

func plainFill(dst []float32, x float32) {
	for i := range dst {
		dst[i] = x
	}
}

// sumLanes is how many accumulators a sum has, on every instruction set.
const sumLanes = 32

func plainSum(x []float32) float64 {
	var acc [sumLanes]float64
	for i, v := range x {
		acc[i%sumLanes] += float64(v)
	}
	return halve(&acc)
}

func halve(acc *[sumLanes]float64) float64 {
	for h := sumLanes / 2; h > 0; h /= 2 {
		for i := range h {
			acc[i] += acc[h+i]
		}
	}
	return acc[0]
}

func plainAddTo64(acc []float64, x []float32) {
	for i, v := range x {
		acc[i] += float64(v)
	}
}
