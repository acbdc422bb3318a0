package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// windowCases have sizes, taps, strides, padding below and dilation; the windows
// may reach beyond the end.
var windowCases = []Window{
	{X: [3]int{1, 6, 8}, K: [3]int{1, 2, 2}, Y: [3]int{1, 3, 4}, Stride: [3]int{1, 2, 2}, Dilated: [3]int{1, 1, 1}},
	{X: [3]int{1, 7, 7}, K: [3]int{1, 3, 3}, Y: [3]int{1, 4, 4}, Stride: [3]int{1, 2, 2}, Pad: [3]int{0, 1, 1}, Dilated: [3]int{1, 1, 1}},
	{X: [3]int{1, 5, 6}, K: [3]int{1, 5, 6}, Y: [3]int{1, 1, 1}, Stride: [3]int{1, 1, 1}, Dilated: [3]int{1, 1, 1}},
	{X: [3]int{1, 5, 6}, K: [3]int{1, 3, 3}, Y: [3]int{1, 5, 6}, Stride: [3]int{1, 1, 1}, Pad: [3]int{0, 1, 1}, Dilated: [3]int{1, 1, 1}},
	{X: [3]int{3, 4, 9}, K: [3]int{2, 3, 2}, Y: [3]int{2, 3, 3}, Stride: [3]int{2, 1, 4}, Pad: [3]int{1, 1, 0}, Dilated: [3]int{1, 1, 3}},
	{X: [3]int{1, 1, 5}, K: [3]int{1, 1, 3}, Y: [3]int{1, 1, 4}, Stride: [3]int{1, 1, 3}, Pad: [3]int{0, 0, 1}, Dilated: [3]int{1, 1, 2}},
	{X: [3]int{1, 2, 2}, K: [3]int{1, 4, 4}, Y: [3]int{1, 3, 3}, Stride: [3]int{1, 1, 1}, Pad: [3]int{0, 2, 2}, Dilated: [3]int{1, 1, 1}},
}

func TestWindowSumAndSpread(t *testing.T) {
	for i, c := range windowCases {
		for _, channels := range []int{1, 2, 3, 5, 6, 7, 10, 16, 17, 33, 900} {
			c.N, c.C = 3, channels
			t.Run(fmt.Sprintf("case=%d/c=%d", i, channels), func(t *testing.T) { testWindow(t, c) })
		}
	}
}

func testWindow(t *testing.T, w Window) {
	rng := rand.New(rand.NewPCG(7, 8))
	_, _, plane, taps, out := w.conv().sizes()
	x, dy := random[float32](rng, w.N*plane*w.C), random[float32](rng, w.N*out*w.C)
	y, dx := make([]float32, len(dy)), make([]float32, len(x))
	one := *w.conv()
	one.N = w.N
	naiveConv(&one, func(yi, xi, _ int) {
		for k := range w.C {
			y[yi*w.C+k] += x[xi*w.C+k]
			dx[xi*w.C+k] += dy[yi*w.C+k]
		}
	})
	first := func(x []float32) []float32 { // channels before pixels
		return channelsLast(x, w.N, len(x)/w.N/w.C, w.C)
	}
	almost(t, "sum, channels first", run(len(y), func(to []float32) { WindowSum(NewWorkspace[float32](2), &w, to, first(x))() }), first(y), taps)
	almost(t, "spread, channels first", run(len(dx), func(to []float32) { WindowSpread(NewWorkspace[float32](2), &w, to, first(dy))() }), first(dx), taps)
	w.Last = true
	almost(t, "sum", run(len(y), func(to []float32) { WindowSum(NewWorkspace[float32](2), &w, to, x)() }), y, taps)
	almost(t, "spread", run(len(dx), func(to []float32) { WindowSpread(NewWorkspace[float32](2), &w, to, dy)() }), dx, taps)
	for _, set := range instructionSets {
		for threads := 1; threads <= 3; threads++ {
			name := fmt.Sprintf("impl=%s with %d threads", set.name, threads)
			almost(t, "sum, "+name, run(len(y), func(to []float32) { w.sumLines(set, NewWorkspace[float32](threads), to, x)() }), y, taps)
			almost(t, "spread, "+name, run(len(dx), func(to []float32) { w.spreadLines(set, NewWorkspace[float32](threads), to, dy)() }), dx, taps)
		}
	}
}

// TestWindowArgMax compares the channels of a pixel taken together, in float32, with
// one after the other, in float64: among equal numbers, infinities and NaN too.
func TestWindowArgMax(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for i, w := range windowCases {
		for _, channels := range []int{-3, -1, 1, 5, 16, 17, 64, 1500, 5000} { // below 0: not last
			w.N, w.C, w.Last = 2, max(channels, -channels), channels > 0
			_, _, plane, _, out := w.conv().sizes()
			x, x64 := unordered(rng, w.N*plane*w.C, 40)
			for k := range plane * w.C { // an image in which nothing is above −∞
				x64[k] = math.Inf(-1)
				x[k] = float32(x64[k])
			}
			want := make([]float64, w.N*out*w.C)
			WindowArgMax(NewWorkspace[float64](1), &w, want, x64)()
			for _, threads := range []int{1, 3} {
				got := run(len(want), func(to []float32) { WindowArgMax(NewWorkspace[float32](threads), &w, to, x)() })
				for k := range got {
					if float64(got[k]) != want[k] {
						t.Fatalf("case %d, %d channels, %d threads: element %d is %v, want %v", i, channels, threads, k, got[k], want[k])
					}
				}
			}
		}
	}
}

// run lets a kernel overwrite garbage.
func run(n int, kernel func(to []float32)) []float32 {
	to := make([]float32, n)
	for i := range to {
		to[i] = nan32
	}
	kernel(to)
	return to
}

func BenchmarkWindow(b *testing.B) {
	for _, s := range []struct{ n, c, size, k, stride, pad int }{
		{32, 6, 28, 2, 2, 0}, {32, 16, 10, 2, 2, 0}, {8, 64, 32, 2, 2, 0}, {8, 64, 32, 3, 2, 1}, {8, 512, 7, 7, 1, 0},
	} {
		out := (s.size+2*s.pad-s.k)/s.stride + 1
		w := &Window{N: s.n, C: s.c, Last: true, X: [3]int{1, s.size, s.size}, K: [3]int{1, s.k, s.k}, Y: [3]int{1, out, out},
			Stride: [3]int{1, s.stride, s.stride}, Pad: [3]int{0, s.pad, s.pad}, Dilated: [3]int{1, 1, 1}}
		x, y := make([]float32, s.n*s.c*s.size*s.size), make([]float32, s.n*s.c*out*out)
		for threads := 1; threads <= 2; threads++ {
			ws := NewWorkspace[float32](threads)
			for _, op := range []struct {
				name string
				run  func()
			}{
				{"sum", WindowSum(ws, w, y, x)},
				{"spread", WindowSpread(ws, w, x, y)},
				{"argmax", WindowArgMax(ws, w, y, x)},
			} {
				name := fmt.Sprintf("op=%s/n=%d/c=%d/size=%d/k=%d/stride=%d/threads=%d", op.name, s.n, s.c, s.size, s.k, s.stride, threads)
				b.Run(name, func(b *testing.B) { bestBytes(b, 4*(len(x)+len(y)), op.run) })
			}
		}
	}
}
