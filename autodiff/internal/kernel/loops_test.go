package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// loopCase is one elementwise loop: how it runs, and its function on numbers of
// which float32 takes the nearest. bound is the error allowed, in units of the
// last place; without one, the result is that nearest number.
type loopCase struct {
	name   string
	single int // the first operand that may have length 1
	arity  int
	run    func(l Loops, dst []float32, x [][]float32)
	want   func(x []float64) float64
	bound  float64
}

func loopCases() []loopCase {
	one := func(name string, f func(l Loops) func(dst, a []float32), want func(float64) float64, bound float64) loopCase {
		return loopCase{name, 1, 1, func(l Loops, dst []float32, x [][]float32) { f(l)(dst, x[0]) },
			func(x []float64) float64 { return want(x[0]) }, bound}
	}
	two := func(name string, f func(l Loops) func(dst, a, b []float32), want func(a, b float64) float64) loopCase {
		return loopCase{name, 0, 2, func(l Loops, dst []float32, x [][]float32) { f(l)(dst, x[0], x[1]) },
			func(x []float64) float64 { return want(x[0], x[1]) }, 0}
	}
	pair := func(name string, f func(l Loops) func(dst, a, b, c []float32), want func(a, b, c float64) float64) loopCase {
		return loopCase{name, 1, 3, func(l Loops, dst []float32, x [][]float32) { f(l)(dst, x[0], x[1], x[2]) },
			func(x []float64) float64 { return want(x[0], x[1], x[2]) }, 0}
	}
	type unary = func(dst, a []float32)
	type binary = func(dst, a, b []float32)
	type ternary = func(dst, a, b, c []float32)
	return []loopCase{
		one("neg", func(l Loops) unary { return l.Neg }, func(x float64) float64 { return -x }, 0),
		one("abs", func(l Loops) unary { return l.Abs }, math.Abs, 0),
		one("sign", func(l Loops) unary { return l.Sign }, func(x float64) float64 {
			if x == 0 || x != x {
				return x
			}
			return math.Copysign(1, x)
		}, 0),
		one("sqrt", func(l Loops) unary { return l.Sqrt }, math.Sqrt, 0),
		one("reciprocal", func(l Loops) unary { return l.Reciprocal }, func(x float64) float64 { return 1 / x }, 0),
		one("floor", func(l Loops) unary { return l.Floor }, math.Floor, 0),
		one("ceil", func(l Loops) unary { return l.Ceil }, math.Ceil, 0),
		one("round", func(l Loops) unary { return l.Round }, math.RoundToEven, 0),
		one("exp", func(l Loops) unary { return l.Exp }, math.Exp, 1),
		one("log", func(l Loops) unary { return l.Log }, math.Log, 1),
		one("log1p", func(l Loops) unary { return l.Log1p }, math.Log1p, 1.5),
		one("expm1", func(l Loops) unary { return l.Expm1 }, math.Expm1, 1.5),
		one("tanh", func(l Loops) unary { return l.Tanh }, math.Tanh, 1.6),
		one("logistic", func(l Loops) unary { return l.Logistic }, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }, 2.4),
		one("erf", func(l Loops) unary { return l.Erf }, math.Erf, 1.2),
		one("sin", func(l Loops) unary { return l.Sin }, math.Sin, 0),
		one("cos", func(l Loops) unary { return l.Cos }, math.Cos, 0),
		two("add", func(l Loops) binary { return l.Add }, func(a, b float64) float64 { return a + b }),
		two("sub", func(l Loops) binary { return l.Sub }, func(a, b float64) float64 { return a - b }),
		two("mul", func(l Loops) binary { return l.Mul }, func(a, b float64) float64 { return a * b }),
		two("div", func(l Loops) binary { return l.Div }, func(a, b float64) float64 { return a / b }),
		two("max", func(l Loops) binary { return l.Max }, func(a, b float64) float64 { return max(a, b) }),
		two("min", func(l Loops) binary { return l.Min }, func(a, b float64) float64 { return min(a, b) }),
		two("pow", func(l Loops) binary { return l.Pow }, math.Pow),
		two("equal", func(l Loops) binary { return l.Equal }, func(a, b float64) float64 { return mask[float64](a == b) }),
		two("less", func(l Loops) binary { return l.Less }, func(a, b float64) float64 { return mask[float64](a < b) }),
		two("lessequal", func(l Loops) binary { return l.LessEqual }, func(a, b float64) float64 { return mask[float64](a <= b) }),
		{"select", 1, 3, func(l Loops, dst []float32, x [][]float32) { l.Select(dst, x[0], x[1], x[2]) },
			func(x []float64) float64 {
				if x[0] != 0 {
					return x[1]
				}
				return x[2]
			}, 0},
		pair("addadd", func(l Loops) ternary { return l.AddAdd }, func(a, b, c float64) float64 { return float64(float32(a+b)) + c }),
		pair("addmul", func(l Loops) ternary { return l.AddMul }, func(a, b, c float64) float64 { return float64(float32(a+b)) * c }),
		pair("submul", func(l Loops) ternary { return l.SubMul }, func(a, b, c float64) float64 { return float64(float32(a-b)) * c }),
		pair("muladd", func(l Loops) ternary { return l.MulAdd }, func(a, b, c float64) float64 { return float64(float32(a*b)) + c }),
		pair("mulmul", func(l Loops) ternary { return l.MulMul }, func(a, b, c float64) float64 { return float64(float32(a*b)) * c }),
	}
}

var float32Specials = []float32{
	0, float32(math.Copysign(0, -1)), float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()),
	math.SmallestNonzeroFloat32, -math.SmallestNonzeroFloat32, 0x1p-127, -0x1.8p-130, 0x1p-126,
	math.MaxFloat32, -math.MaxFloat32, 1, -1, 0.5, -0.5, 2.5, -3.5, 88.8, -88, -100, -104, 0x1p23, -0x1.000002p23, 1e-10,
}

// operand returns numbers of which every other one is special, from a different
// one on for each k.
func specialOperand(rng *rand.Rand, n, k int) []float32 {
	x := make([]float32, n)
	for i := range x {
		if i%2 == k%2 {
			x[i] = float32Specials[(i/2*(2*k+1)+7*k+n)%len(float32Specials)]
		} else {
			x[i] = float32(rng.NormFloat64() * math.Exp(2*rng.NormFloat64()))
		}
	}
	return x
}

// TestLoops runs every loop of every instruction set at all lengths and offsets,
// with every choice of operands of length 1, apart and in place of each operand,
// in a frame of NaN that must stay as it was.
func TestLoops(t *testing.T) {
	for _, l := range AllLoops() {
		for _, c := range loopCases() {
			t.Run(fmt.Sprintf("op=%s/impl=%s", c.name, l.Name), func(t *testing.T) {
				for n := range 130 {
					for single := 0; single < 1<<c.arity; single += 1 << c.single {
						testLoop(t, l, c, n, single, n%8)
					}
					if n%13 == 0 {
						for offset := range 8 {
							testLoop(t, l, c, n, 0, offset)
						}
					}
				}
			})
		}
	}
}

// testLoop is one call; the bits of single say which operands have length 1.
func testLoop(t *testing.T, l Loops, c loopCase, n, single, offset int) {
	rng := rand.New(rand.NewPCG(uint64(n), uint64(single)))
	x, full := make([][]float32, c.arity), make([][]float32, c.arity)
	for k := range x {
		full[k] = specialOperand(rng, n, k)
		x[k] = full[k]
		if single>>k&1 != 0 {
			x[k] = specialOperand(rng, 1, n)
			full[k] = slices.Repeat(x[k], n)
		}
	}
	want := make([]float64, n)
	args := make([]float64, c.arity)
	for i := range want {
		for k := range args {
			args[k] = float64(full[k][i])
		}
		want[i] = c.want(args)
	}
	for place := -1; place < c.arity; place++ {
		if place >= 0 && len(x[place]) != n {
			continue
		}
		in := make([][]float32, c.arity)
		for k := range in {
			in[k] = append(make([]float32, (offset+k)%8), x[k]...)[(offset+k)%8:]
		}
		const frame = 40
		whole := slices.Repeat([]float32{float32(math.NaN())}, offset+n+2*frame)
		dst := whole[offset+frame:][:n:n]
		if place >= 0 {
			copy(dst, in[place])
			in[place] = dst
		}
		c.run(l, dst, in)
		for i, v := range whole {
			if i -= offset + frame; i >= 0 && i < n {
				continue
			}
			if math.Float32bits(v) != math.Float32bits(float32(math.NaN())) {
				t.Fatalf("n = %d, offset %d: element %d outside was written", n, offset, i)
			}
		}
		for i, got := range dst {
			if e := lastPlaces(got, want[i]); !(e <= c.bound) {
				for k := range args {
					args[k] = float64(full[k][i])
				}
				t.Fatalf("n = %d, single %b, place %d, offset %d, element %d: f%v is %v, want %v (%.2f last places)",
					n, single, place, offset, i, args, got, float32(want[i]), e)
			}
		}
	}
}

// lastPlaces is the distance of got from want, in units of the last place of
// want as a float32, and 0 for the float32 nearest to want. Infinity stands
// where the next larger number would. The sign of zero counts, NaN's does not.
func lastPlaces(got float32, want float64) float64 {
	nearest := float32(want)
	switch {
	case want != want:
		if got != got {
			return 0
		}
		return math.Inf(1)
	case math.Float32bits(got) == math.Float32bits(nearest):
		return 0
	case got == 0 && math.Signbit(float64(got)) != math.Signbit(want), math.IsInf(want, 0) && float64(got) != want, got != got:
		return math.Inf(1)
	}
	finite := func(x float64) float64 { return max(-0x1p128, min(x, 0x1p128)) }
	_, exponent := math.Frexp(finite(want))
	return math.Abs(finite(float64(got))-finite(want)) / math.Ldexp(1, max(exponent-24, -149))
}

// TestSumLoop compares every instruction set with exact sums of few bits, and with
// each other on any numbers.
func TestSumLoop(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	all := AllLoops()
	for _, n := range append(seq(130), 1000, 4095, 4096) {
		for offset := range 8 {
			x, whole := make([]float32, n), make([]float32, n)
			want := 0.0
			for i := range x {
				x[i] = float32(rng.NormFloat64())
				whole[i] = float32(rng.IntN(2001) - 1000)
				want += float64(whole[i])
			}
			x = append(make([]float32, offset), x...)[offset:]
			for _, l := range all {
				if got := l.Sum(whole); got != want {
					t.Fatalf("%s, n = %d: sum %v, want %v", l.Name, n, got, want)
				}
				if got, want := l.Sum(x), all[0].Sum(x); got != want {
					t.Fatalf("%s, n = %d, offset %d: sum %v, want %v", l.Name, n, offset, got, want)
				}
			}
		}
	}
}

func seq(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// TestSumSpecials: a sum of infinities of both signs is NaN, wherever they are.
func TestSumSpecials(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, l := range AllLoops() {
		for n := 2; n < 130; n++ {
			x := make([]float32, n)
			x[n-1] = inf
			if got := l.Sum(x); got != math.Inf(1) {
				t.Fatalf("%s, n = %d: Σ is %v, want +Inf", l.Name, n, got)
			}
			x[0] = -inf
			if got := l.Sum(x); got == got {
				t.Fatalf("%s, n = %d: sum %v, want NaN", l.Name, n, got)
			}
		}
	}
}

func TestFillAndAddTo64(t *testing.T) {
	for _, l := range AllLoops() {
		for n := range 130 {
			for offset := range 8 {
				const frame = 40
				dst := slices.Repeat([]float32{-1}, n+2*frame)
				acc := slices.Repeat([]float64{-1}, n+2*frame)
				x := make([]float32, offset+n)[offset:]
				for i := range x {
					x[i] = float32(i) + 0.5
				}
				l.Fill(dst[offset+frame:][:n], 2.5)
				l.AddTo64(acc[offset+frame:][:n], x)
				for i := range dst {
					wantFill, wantAcc := float32(-1), -1.0
					if k := i - offset - frame; k >= 0 && k < n {
						wantFill, wantAcc = 2.5, float64(k)-0.5
					}
					if dst[i] != wantFill || acc[i] != wantAcc {
						t.Fatalf("%s, n = %d, offset %d, element %d: %v and %v, want %v and %v",
							l.Name, n, offset, i-offset-frame, dst[i], acc[i], wantFill, wantAcc)
					}
				}
			}
		}
	}
}
