package kernel

// Loops are the elementwise loops and the sums of one instruction set, in
// float32.
//
// An elementwise loop gives dst[i] = f(a[i], …) for all of dst, which may be an
// operand too but not overlap one otherwise. The operands are as long as dst;
// those of Add … LessEqual, a and b of Select, b and c of AddAdd … MulMul may
// instead have length 1 and then stand for as many copies.
//
// Results are those of the functions of the same name in this package, bit for
// bit, except for the functions with a bound of their own: there u is the
// distance from the exact result in units of its last place, denormal results
// included. Those treat zeros with their sign, infinities and NaN as package
// math does, and give the same bits on every instruction set but "go".
//
// One call takes at most a few thousand elements: assembly cannot be preempted.
type Loops struct {
	Name string // "avx512", "avx2" or "go"

	Neg, Abs, Sign, Sqrt, Reciprocal, Floor, Ceil, Round func(dst, a []float32)

	Exp      func(dst, a []float32) // u < 1
	Log      func(dst, a []float32) // u < 1
	Log1p    func(dst, a []float32) // u < 1.5
	Expm1    func(dst, a []float32) // u < 1.5
	Tanh     func(dst, a []float32) // u < 1.6
	Logistic func(dst, a []float32) // u < 2.4
	Erf      func(dst, a []float32) // u < 1.2
	Sin, Cos func(dst, a []float32)

	Add, Sub, Mul, Div, Max, Min, Pow, Equal, Less, LessEqual func(dst, a, b []float32)

	Select func(dst, mask, a, b []float32) // a where mask ≠ 0 or NaN, else b

	// Two operations at once, (a ∘ b) ∘ c; the first result is rounded too.
	AddAdd, AddMul, SubMul, MulAdd, MulMul func(dst, a, b, c []float32)

	Fill func(dst []float32, x float32)

	// Sum adds up in float64, element i in accumulator i mod 32; then the upper
	// half of these is added to the lower until one is left. So it is the same,
	// bit for bit, on every instruction set.
	Sum func(x []float32) float64

	AddTo64 func(acc []float64, x []float32) // acc[i] += x[i]
}

// Float32 are the fastest loops that the processor has.
var Float32 = AllLoops()[len(AllLoops())-1]

// AllLoops lists the loops that the processor can run, the plain ones first and
// the fastest last.
func AllLoops() []Loops {
	all := []Loops{plainLoops}
	for _, set := range assembly() {
		all = append(all[:1], append([]Loops{loopsOf(set)}, all[1:]...)...)
	}
	return all
}
