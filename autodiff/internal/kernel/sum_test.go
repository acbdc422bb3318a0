package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestSum(t *testing.T) {
	t.Run("float32", testSum[float32])
	t.Run("float64", testSum[float64])
}

func testSum[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	shapes := [][]int{{}, {0}, {1}, {7}, {5, 3}, {1, 9}, {4, 1, 6}, {2, 3, 4, 5}, {3, 0, 2}, {9000}, {2, 9000}, {9000, 2},
		{3, 5, 4, 2, 3}, {2000, 17}, {1500, 30}, {40, 5000}, {3000, 4, 5}, {2, 2500, 9}, {9, 3000, 2}, {9, 5, 2000}, {40000, 1}, {40000, 3}, {7000, 10}, {8, 2, 5000}}
	for _, shape := range shapes {
		for mask := range 1 << len(shape) {
			reduced := make([]bool, len(shape))
			for i := range reduced {
				reduced[i] = mask>>i&1 != 0
			}
			size := 1
			for _, d := range shape {
				size *= d
			}
			x := random[T](rng, size)
			var keptShape []int
			for i, d := range shape {
				if !reduced[i] {
					keptShape = append(keptShape, d)
				}
			}
			kept := Contiguous(keptShape)
			n := 1
			for _, d := range kept.Shape {
				n *= d
			}
			exact := make([]float64, n)
			for i, v := range x {
				rest, at, k := i, 0, len(kept.Shape)-1
				for a := len(shape) - 1; a >= 0; a-- {
					if !reduced[a] {
						at += rest % shape[a] * kept.Strides[k]
						k--
					}
					rest /= shape[a]
				}
				exact[at] += float64(v)
			}
			want, one, three := make([]T, n), random[T](rng, n), random[T](rng, n)
			round(want, exact)
			Sum(NewWorkspace[T](1), one, x, shape, reduced)()
			Sum(NewWorkspace[T](3), three, x, shape, reduced)()
			name := fmt.Sprintf("%v over %v", shape, reduced)
			length := size
			if _, ok := any(x).([]float32); ok {
				length = 0 // the sums are in float64
			}
			almost(t, name, one, want, length)
			for i := range one {
				if one[i] != three[i] {
					t.Fatalf("%s: element %d differs with threads", name, i)
				}
			}
		}
	}
}

func TestSumOfFloat32IsExactToOneRounding(t *testing.T) {
	x := make([]float32, 1<<20)
	for i := range x {
		x[i] = 0.1
	}
	var got [1]float32
	Sum(NewWorkspace[float32](2), got[:], x, []int{len(x)}, []bool{true})()
	if want := float32(float64(float32(0.1)) * float64(len(x))); got[0] != want {
		t.Errorf("sum is %v, want %v", got[0], want)
	}
}

// sumCases name the reduced axes of some shapes.
var sumCases = []struct {
	shape, axes []int
}{
	// Biases of small and large images, channels last.
	{[]int{32, 28, 28, 6}, []int{0, 1, 2}}, {[]int{32, 10, 10, 16}, []int{0, 1, 2}}, {[]int{8, 56, 56, 64}, []int{0, 1, 2}},
	// Weights of LayerNorm, biases of products.
	{[]int{1024, 128}, []int{0}}, {[]int{1024, 512}, []int{0}}, {[]int{1024, 4096}, []int{0}}, {[]int{32, 120}, []int{0}},
	{[]int{64, 16, 384}, []int{0}}, {[]int{64, 16, 384}, []int{1}}, {[]int{64, 16, 384}, []int{2}},
	{[]int{64, 16, 384}, []int{0, 1}}, {[]int{64, 16, 384}, []int{0, 2}}, {[]int{64, 16, 384}, []int{1, 2}}, {[]int{64, 16, 384}, []int{0, 1, 2}},
}

func BenchmarkSum(b *testing.B) {
	spaces := []*Workspace[float32]{1: NewWorkspace[float32](1), 2: NewWorkspace[float32](2)}
	for _, c := range sumCases {
		size, kept := 1, 1
		reduced := make([]bool, len(c.shape))
		for i, d := range c.shape {
			size *= d
			if reduced[i] = slices.Contains(c.axes, i); !reduced[i] {
				kept *= d
			}
		}
		x, dst := make([]float32, size), make([]float32, kept)
		for threads := 1; threads <= 2; threads++ {
			b.Run(fmt.Sprintf("op=sum/shape=%v/axes=%v/threads=%d", c.shape, c.axes, threads), func(b *testing.B) {
				bestBytes(b, 4*(size+kept), Sum(spaces[threads], dst, x, c.shape, reduced))
			})
		}
	}
}

// bestBytes reports the shortest time of f, which reads and writes so many bytes.
func bestBytes(b *testing.B, bytes int, f func()) {
	const calls = 8
	least := math.Inf(1)
	for b.Loop() {
		start := time.Now()
		for range calls {
			f()
		}
		least = min(least, float64(time.Since(start).Nanoseconds())/calls)
	}
	b.ReportMetric(least, "ns/op")
	b.ReportMetric(float64(bytes)/least, "GB/s")
}
