package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func random[T Float](rng *rand.Rand, n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(rng.NormFloat64())
	}
	return x
}

// almost compares within a few roundings of sums of the given length.
func almost[T Float](t *testing.T, name string, got, want []T, length int) {
	t.Helper()
	unit := 1e-15
	if _, ok := any(T(0)).(float32); ok {
		unit = 5e-7
	}
	for i := range want {
		if d := math.Abs(float64(got[i] - want[i])); !(d <= unit*float64(length+4)*(1+math.Abs(float64(want[i])))) {
			t.Fatalf("%s: element %d is %v, want %v", name, i, got[i], want[i])
		}
	}
}

// naiveGemm is the loop of Gemm's documentation.
func naiveGemm[T Float](m, n, k int, a, b Matrix[T], c []T, ldc int, accumulate bool) {
	for i := range m {
		for j := range n {
			sum := 0.0
			for p := range k {
				sum += float64(a.element(i, p)) * float64(b.element(p, j))
			}
			if accumulate {
				sum += float64(c[i*ldc+j])
			}
			c[i*ldc+j] = T(sum)
		}
	}
}

func TestGemm(t *testing.T) {
	t.Run("float32", testGemm[float32])
	t.Run("float64", testGemm[float64])
}

func testGemm[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	sizes := []int{0, 1, 2, 3, 4, 5, 7, 8, 17}
	check := func(m, n, k int, transA, transB, accumulate bool) {
		// Strides beyond the row length, and frames of NaN that must survive.
		rows := func(r, c int, trans bool) Matrix[T] {
			if trans {
				r, c = c, r
			}
			return Matrix[T]{random[T](rng, r*(c+3)+c), c + 3, trans}
		}
		a, b, ldc := rows(m, k, transA), rows(k, n, transB), n+2
		c := random[T](rng, m*ldc+1)
		for i := range m {
			c[i*ldc+n], c[i*ldc+n+1] = T(math.NaN()), T(math.NaN())
		}
		want := append([]T(nil), c...)
		naiveGemm(m, n, k, a, b, want, ldc, accumulate)
		single := append([]T(nil), c...)
		Gemm(NewWorkspace[T](1), Product(m, n, k, a, b, single, ldc, accumulate))()
		several := append([]T(nil), c...)
		Gemm(NewWorkspace[T](3), Product(m, n, k, a, b, several, ldc, accumulate))()
		name := fmt.Sprintf("%d×%d×%d %v %v %v", m, k, n, transA, transB, accumulate)
		for i := range c {
			if i%ldc >= n && i < m*ldc {
				if single[i] == single[i] || several[i] == several[i] {
					t.Fatalf("%s: wrote outside c", name)
				}
				single[i], several[i], want[i] = 0, 0, 0
			}
			if single[i] != several[i] {
				t.Fatalf("%s: element %d differs with threads: %v, %v", name, i, single[i], several[i])
			}
		}
		almost(t, name, single, want, k)
	}
	for _, m := range sizes {
		for _, n := range sizes {
			for _, k := range sizes {
				for flags := range 8 {
					check(m, n, k, flags&1 != 0, flags&2 != 0, flags&4 != 0)
				}
			}
		}
	}
	check(70, 530, 300, false, true, false)
	check(130, 40, 600, true, false, true)
	check(5, 600, 300, false, false, false) // few rows, shared by threads
}

func BenchmarkGemm(b *testing.B) {
	const n = 512
	rng := rand.New(rand.NewPCG(1, 2))
	x, y, z := random[float32](rng, n*n), random[float32](rng, n*n), make([]float32, n*n)
	b.Run("op=gemm/n=512/impl=go", func(b *testing.B) {
		run := Gemm(NewWorkspace[float32](1), Product(n, n, n, Matrix[float32]{x, n, false}, Matrix[float32]{y, n, false}, z, n, false))
		for b.Loop() {
			run()
		}
		b.ReportMetric(2*n*n*n*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
	})
}
