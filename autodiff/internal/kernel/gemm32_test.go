package kernel

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestGemm32(t *testing.T) {
	for _, set := range testInstructionSets() {
		t.Run("impl="+set.name, func(t *testing.T) { testGemm32(t, set) })
	}
}

func testGemm32(t *testing.T, set *instructionSet) {
	rng := rand.New(rand.NewPCG(1, 2))
	check := func(m, n, k, flags int) {
		transA, transB, accumulate := flags&1 != 0, flags&2 != 0, flags&4 != 0
		operand := func(r, c int, trans bool) (all []float32, x Matrix[float32]) {
			if trans {
				r, c = c, r
			}
			all, data := framed(rng, max((r-1)*(c+3)+c, 0))
			return all, Matrix[float32]{data, c + 3, trans}
		}
		aAll, a := operand(m, k, transA)
		bAll, b := operand(k, n, transB)
		ldc := n + 2
		cAll, c := framed(rng, max((m-1)*ldc+n, 0))
		want := append([]float32(nil), c...)
		Gemm(NewWorkspace[float32](1), Product(m, n, k, a, b, want, ldc, accumulate))()
		several := append([]float32(nil), c...)
		set.gemm(NewWorkspace[float32](1), Product(m, n, k, a, b, c, ldc, accumulate))()
		set.gemm(NewWorkspace[float32](3), Product(m, n, k, a, b, several, ldc, accumulate))()
		name := fmt.Sprintf("%d×%d×%d %v %v %v", m, k, n, transA, transB, accumulate)
		if !intact(aAll) || !intact(bAll) || !intact(cAll) {
			t.Fatalf("%s: wrote or read outside", name)
		}
		for i := range c {
			if c[i] != several[i] {
				t.Fatalf("%s: element %d differs with threads: %v, %v", name, i, c[i], several[i])
			}
		}
		almost(t, name, c, want, k)
	}
	for _, m := range []int{0, 1, 2, 5, 14, 15, 31, 45} {
		for _, n := range []int{0, 1, 3, 15, 16, 17, 32, 33, 70} {
			for _, k := range []int{0, 1, 2, 5, 17, 40} {
				for flags := range 8 {
					check(m, n, k, flags)
				}
			}
		}
	}
	for flags := range 8 {
		check(70, 90, 400, flags)
		check(3, 300, 800, flags)
		check(350, 20, 253, flags)
	}
	// Strides of whole pages, which are packed.
	check(45, 1021, 40, 0)
	check(40, 70, 1021, 0)
	check(1021, 70, 20, 1)
	check(40, 2045, 33, 4)
	check(3, 70, 1021, 2)
	check(40, 400, 1021, 6)
}

// TestGemm32Stacked compares products with a common factor with the same one by one:
// they add up in the same order.
func TestGemm32Stacked(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	random := func(n int) []float32 {
		_, x := framed(rng, n)
		return x
	}
	for _, set := range testInstructionSets() {
		for _, s := range [][3]int{{1, 1, 1}, {5, 33, 17}, {32, 64, 64}, {15, 70, 400}, {45, 40, 1024}, {350, 20, 30}, {0, 3, 4}, {7, 9, 0}, {3, 300, 800}, {20, 400, 300}} {
			for flags := range 4 {
				p := StackedProduct{M: s[0], N: s[1], K: s[2], StrideA: s[2], TransA: flags&1 != 0, Stride: s[1]}
				p.B = Matrix[float32]{random(p.K * p.N), p.N, flags&2 != 0}
				if p.TransA {
					p.StrideA = p.M
				}
				if p.B.Trans {
					p.B.Stride = p.K
				}
				var frames, want [][]float32
				for i := range 5 {
					frame, c := framed(rng, p.M*p.N)
					f := Factor[float32]{random(p.M * p.K), c, i%2 == 1}
					one := append([]float32(nil), c...)
					set.gemm(NewWorkspace[float32](1), Product(p.M, p.N, p.K, Matrix[float32]{f.A, p.StrideA, p.TransA}, p.B, one, p.N, f.Add))()
					frames, want, p.Factors = append(frames, frame), append(want, one), append(p.Factors, f)
				}
				set.gemmStacked(NewWorkspace[float32](1+flags), p)()
				for i, f := range p.Factors {
					if !slices.Equal(f.C, want[i]) || !intact(frames[i]) {
						t.Fatalf("impl=%s %v flags %b: product %d differs", set.name, s, flags, i)
					}
				}
			}
		}
	}
}

// measuredRuns is how many runs allocations are counted in: once in a while another
// goroutine allocates, which a mean, rounded down, leaves out.
const measuredRuns = 8

// TestGemm32Allocates runs a product again: it must find its memory.
func TestGemm32Allocates(t *testing.T) {
	for _, set := range instructionSets {
		m, n, k := 64, 80, 96
		a, b, c := make([]float32, m*k), make([]float32, k*n), make([]float32, m*n)
		call := set.gemm(NewWorkspace[float32](1), Product(m, n, k, Matrix[float32]{a, m, true}, Matrix[float32]{b, k, true}, c, n, false))
		if n := testing.AllocsPerRun(measuredRuns, call); n > 0 {
			t.Errorf("impl=%s: %v allocations", set.name, n)
		}
	}
}

// gemmShapes are m, n, k; transA, transB.
var gemmShapes = []struct {
	m, n, k        int
	transA, transB bool
}{
	{256, 256, 256, false, false}, {512, 512, 512, false, false}, {512, 512, 512, true, false}, {512, 512, 512, false, true},
	{1024, 1024, 1024, false, false},
	{64, 3136, 576, false, false}, {128, 784, 1152, false, false}, {512, 49, 4608, false, false},
	{32, 512, 784, false, false}, {32, 512, 784, false, true}, {4, 1000, 2048, false, true}, {32, 10, 512, false, true}, {512, 784, 32, true, false},
	{32, 784, 512, false, false}, {10, 32, 512, false, false},
	{32, 256, 64, false, true}, {64, 64, 32, false, true}, {64, 32, 64, false, false},
	{25088, 64, 64, false, false}, {6272, 256, 64, false, false}, {6272, 64, 256, false, true}, {64, 256, 6272, true, false},
	// Pointwise convolutions of MobileNet v2: forward, input, filter.
	{18432, 96, 16, false, false}, {18432, 16, 96, false, true}, {16, 96, 18432, true, false},
	{4608, 24, 144, false, false}, {4608, 144, 24, false, true}, {144, 24, 4608, true, false},
	{288, 960, 160, false, false}, {288, 160, 960, false, true}, {160, 960, 288, true, false},
}

func BenchmarkGemm32(b *testing.B) {
	for _, s := range gemmShapes {
		for _, set := range instructionSets {
			if set == plain && s.m*s.n*s.k > 1<<22 {
				continue
			}
			peak := set.measurePeak()
			for threads := 1; threads <= 2; threads++ {
				if threads > 1 && s.m*s.n*s.k < 2*set.threadWork {
					continue
				}
				name := fmt.Sprintf("op=gemm/m=%d/n=%d/k=%d/ta=%v/tb=%v/threads=%d/impl=%s", s.m, s.n, s.k, s.transA, s.transB, threads, set.name)
				b.Run(name, func(b *testing.B) {
					x, y, z := make([]float32, s.m*s.k), make([]float32, s.k*s.n), make([]float32, s.m*s.n)
					lda, ldb := s.k, s.n
					if s.transA {
						lda = s.m
					}
					if s.transB {
						ldb = s.k
					}
					best(b, 2*s.m*s.n*s.k, float64(threads)*peak, set.gemm(NewWorkspace[float32](threads), Product(s.m, s.n, s.k, Matrix[float32]{x, lda, s.transA}, Matrix[float32]{y, ldb, s.transB}, z, s.n, false)))
				})
			}
		}
	}
}
