package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// channelsLast turns x [n c p] into [n p c].
func channelsLast(x []float32, n, c, p int) []float32 {
	y := make([]float32, len(x))
	for i := range n {
		for j := range c {
			for k := range p {
				y[(i*p+k)*c+j] = x[(i*c+j)*p+k]
			}
		}
	}
	return y
}

// convCL32 are the cases of convCases and more.
func convCL32() []Conv {
	cases := append([]Conv(nil), convCases...)
	for i := range cases {
		c := &cases[i]
		for d := range 3 {
			c.Y[d] = (c.X[d]+2*c.Pad[d]-c.Dilated[d]*(c.K[d]-1)-1)/c.Stride[d] + 1
		}
	}
	one := [3]int{1, 1, 1}
	// Channels, groups, size, kernel, stride, pad below, dilation, pad above.
	for _, s := range [][12]int{
		{1, 5, 7, 1, 6, 9, 3, 1, 1, 1, 1}, {2, 33, 40, 1, 7, 7, 3, 1, 1, 1, 1}, {3, 16, 70, 1, 4, 4, 3, 2, 1, 1, 0},
		{1, 40, 35, 1, 16, 15, 1, 2, 0, 1, 0}, {2, 3, 20, 1, 11, 13, 7, 2, 3, 1, 3}, {1, 8, 12, 4, 9, 8, 3, 1, 1, 2, 1},
		{2, 12, 12, 12, 8, 9, 3, 1, 1, 1, 1}, {2, 40, 40, 40, 8, 7, 3, 2, 1, 1, 1}, {3, 17, 17, 17, 6, 6, 5, 3, 2, 2, 1},
		{5, 30, 64, 1, 2, 2, 3, 1, 1, 1, 1}, {9, 20, 33, 1, 1, 1, 3, 1, 1, 1, 1}, {2, 6, 10, 1, 10, 9, 5, 3, 4, 1, 4},
		{1, 4, 6, 1, 5, 5, 1, 3, 0, 1, 0}, {1, 4, 6, 1, 5, 5, 2, 3, 2, 1, 2}, {17, 15, 15, 1, 3, 3, 3, 1, 0, 1, 0},
		{1, 4, 3, 1, 40, 41, 3, 1, 1, 1, 1}, {1, 48, 8, 1, 50, 46, 3, 1, 1, 1, 1}, {2, 8, 48, 1, 46, 50, 3, 2, 1, 1, 1}, {20, 64, 70, 1, 2, 2, 3, 1, 1, 1, 1},
		{8, 40, 40, 1, 4, 3, 3, 2, 1, 1, 1}, {9, 40, 40, 40, 3, 4, 3, 1, 1, 1, 1}, {16, 12, 20, 2, 3, 2, 3, 1, 1, 2, 2}, {8, 5, 6, 1, 2, 2, 3, 3, 2, 1, 2},
		{1, 1, 1, 1, 3, 3, 1, 1, 1, 1, 1},
		// Few channels of x, of y, of both.
		{2, 1, 6, 1, 12, 12, 5, 1, 2, 1, 2}, {17, 1, 6, 1, 9, 8, 5, 1, 2, 1, 2}, {15, 6, 16, 1, 8, 8, 5, 1, 0, 1, 0}, {32, 16, 6, 1, 6, 6, 5, 1, 3, 1, 1},
		{3, 2, 1, 1, 7, 12, 3, 1, 1, 1, 1}, {2, 3, 2, 1, 8, 16, 3, 2, 1, 1, 0}, {14, 5, 3, 1, 4, 6, 3, 1, 1, 1, 1}, {1, 7, 5, 1, 6, 10, 2, 1, 0, 1, 1},
		{3, 10, 7, 1, 6, 6, 3, 1, 2, 1, 0}, {2, 17, 10, 1, 5, 4, 3, 1, 1, 1, 1}, {2, 6, 17, 1, 5, 4, 3, 1, 1, 1, 1}, {2, 2, 3, 1, 6, 8, 2, 1, 3, 1, 2},
		{1, 3, 4, 1, 9, 8, 4, 3, 1, 1, 2}, {4, 1, 1, 1, 8, 64, 3, 1, 1, 1, 1}, {16, 1, 3, 1, 20, 20, 3, 1, 1, 1, 1}, {16, 3, 1, 1, 20, 20, 3, 1, 1, 1, 1}, {2, 3, 6, 1, 9, 9, 3, 1, 2, 2, 2}, {2, 6, 6, 2, 8, 8, 3, 1, 1, 1, 1},
		{2, 6, 6, 6, 7, 7, 1, 1, 0, 1, 0}, {1, 9, 9, 9, 7, 1, 3, 2, 2, 1, 2},
	} {
		c := Conv{N: s[0], C: s[1], M: s[2], Groups: s[3], X: [3]int{1, s[4], s[5]}, K: [3]int{1, s[6], s[6]},
			Stride: [3]int{1, s[7], s[7]}, Pad: [3]int{0, s[8], s[8]}, Dilated: [3]int{1, s[9], s[9]}, Y: one}
		for d := 1; d < 3; d++ {
			c.Y[d] = (c.X[d]+s[8]+s[10]-c.Dilated[d]*(c.K[d]-1)-1)/c.Stride[d] + 1
		}
		cases = append(cases, c)
	}
	// Three axes.
	cases = append(cases, Conv{N: 2, C: 2, M: 3, Groups: 1, X: [3]int{3, 5, 6}, K: [3]int{3, 2, 3}, Y: [3]int{3, 4, 6},
		Stride: one, Pad: [3]int{1, 0, 1}, Dilated: [3]int{1, 1, 1}})
	// A line longer than one call of a kernel.
	return append(cases, Conv{N: 1, C: 2, M: 3, Groups: 1, X: [3]int{1, 1, 10000}, K: [3]int{1, 1, 3}, Y: [3]int{1, 1, 10000},
		Stride: one, Pad: [3]int{0, 0, 1}, Dilated: one})
}

func TestConvCL(t *testing.T) {
	for _, set := range testInstructionSets() {
		t.Run("impl="+set.name, func(t *testing.T) {
			for _, c := range append(convCL32(), winogradCases()...) {
				testConvCL(t, set, &c)
			}
		})
	}
}

func testConvCL(t *testing.T, set *instructionSet, c *Conv) {
	rng := rand.New(rand.NewPCG(3, 4))
	cg, _, plane, taps, out := c.sizes()
	x := random[float32](rng, c.N*c.C*plane)
	w := random[float32](rng, c.M*cg*taps)
	dy := random[float32](rng, c.N*c.M*out)
	y, dx, dw := make([]float32, len(dy)), make([]float32, len(x)), make([]float32, len(w))
	ws := NewWorkspace[float32](1)
	ConvForward(ws, c, y, x, w)()
	ConvInput(ws, c, dx, dy, w)()
	ConvFilter(ws, c, dw, x, dy)()
	// w [M C/g taps] becomes [taps C/g M]: a transposition of the outer axes, too.
	last := func(w []float32) []float32 { return channelsLast(w, 1, c.M, cg*taps) }
	filters := func(w []float32) []float32 {
		v, z := last(w), make([]float32, len(w)) // v is [C/g taps M]
		for i := range cg {
			for k := range taps {
				copy(z[(k*cg+i)*c.M:][:c.M], v[(i*taps+k)*c.M:])
			}
		}
		return z
	}
	inner := func(x []float32) (all, data []float32) {
		all, data = framed(rng, len(x))
		copy(data, x)
		return all, data
	}
	allX, lx := inner(channelsLast(x, c.N, c.C, plane))
	allDY, ldy := inner(channelsLast(dy, c.N, c.M, out))
	allW, lw := inner(filters(w))
	want := map[string][]float32{"forward": channelsLast(y, c.N, c.M, out), "input": channelsLast(dx, c.N, c.C, plane), "filter": filters(dw)}
	length := map[string]int{"forward": cg * taps, "input": c.M * taps, "filter": c.N * out}
	if a := c.adjoint(); set.winograd(c) || set.winograd(&a) {
		for op := range length {
			length[op] *= 3 // TestWinogradErrors
		}
	}
	runOf := func(set *instructionSet, c *Conv, op string) func(threads int, to []float32) {
		return map[string]func(threads int, to []float32){
			"forward": func(threads int, to []float32) {
				set.convForward(NewWorkspace[float32](threads), c, []Factor[float32]{{lx, to, c.Add}}, lw)()
			},
			"input": func(threads int, to []float32) {
				set.convInput(NewWorkspace[float32](threads), c, []Factor[float32]{{ldy, to, c.Add}}, lw)()
			},
			"filter": func(threads int, to []float32) { set.convFilter(NewWorkspace[float32](threads), c, to, lx, ldy)() },
		}[op]
	}
	for _, op := range []string{"forward", "input", "filter"} {
		var first []float32
		for threads := 1; threads <= 3; threads++ {
			name := fmt.Sprintf("%s of %+v with %d threads", op, *c, threads)
			all, got := framed(rng, len(want[op]))
			runOf(set, c, op)(threads, got)
			if !intact(all) || !intact(allX) || !intact(allW) || !intact(allDY) {
				t.Fatalf("%s: wrote or read outside", name)
			}
			almost(t, name, got, want[op], length[op])
			if threads == 1 {
				first = got
			}
			for i := range got {
				if got[i] != first[i] {
					t.Fatalf("%s: element %d differs with threads", name, i)
				}
			}
			added := *c
			added.Add = true
			twice := append([]float32(nil), got...)
			runOf(set, &added, op)(threads, twice)
			double := make([]float32, len(got))
			for i, v := range want[op] {
				double[i] = 2 * v
			}
			almost(t, name+", added", twice, double, length[op])
			src := map[string][]float32{"forward": lx, "input": ldy}[op]
			if src == nil {
				continue
			}
			// Three at once, which are the same, exactly.
			half := make([]float32, len(src))
			for i, v := range src {
				half[i] = v / 2
			}
			all2, got2 := framed(rng, len(got))
			factors := []Factor[float32]{{src, make([]float32, len(got)), false}, {half, got2, false}, {src, append([]float32(nil), got...), true}}
			if op == "forward" {
				set.convForward(NewWorkspace[float32](threads), c, factors, lw)()
			} else {
				set.convInput(NewWorkspace[float32](threads), c, factors, lw)()
			}
			for i, v := range got {
				if factors[0].C[i] != v || got2[i] != v/2 || factors[2].C[i] != twice[i] {
					t.Fatalf("%s: element %d differs with several factors", name, i)
				}
			}
			if !intact(all2) {
				t.Fatalf("%s: wrote outside with several factors", name)
			}
		}
	}
}

// TestConvCLAllocates runs each convolution again: it must find its memory.
func TestConvCLAllocates(t *testing.T) {
	for _, s := range []convShape{{4, 20, 40, 1, 8, 3, 1, false}, {2, 64, 64, 1, 2, 3, 1, false}, {2, 40, 40, 40, 8, 3, 2, false}, {32, 1, 6, 1, 12, 5, 1, false}, {16, 6, 16, 1, 8, 5, 1, true}, {4, 64, 64, 1, 10, 3, 1, false}, {1, 192, 192, 1, 8, 3, 1, false}} {
		c := s.conv()
		cg, _, plane, taps, out := c.sizes()
		x, w, y := make([]float32, c.N*c.C*plane), make([]float32, c.M*cg*taps), make([]float32, c.N*c.M*out)
		for _, set := range instructionSets {
			ws := NewWorkspace[float32](1)
			for op, call := range map[string]func(){
				"forward": set.convForward(ws, c, []Factor[float32]{{x, y, false}}, w),
				"input":   set.convInput(ws, c, []Factor[float32]{{y, x, false}}, w),
				"filter":  set.convFilter(ws, c, w, x, y),
			} {
				if n := testing.AllocsPerRun(measuredRuns, call); n > 0 {
					t.Errorf("%s of %+v, impl=%s: %v allocations", op, s, set.name, n)
				}
			}
		}
	}
}

// convShape is a 2-D convolution of square images for benchmarks; crop leaves out
// the padding that keeps their size.
type convShape struct {
	n, c, m, groups, size, k, stride int
	crop                             bool
}

func (s convShape) conv() *Conv {
	pad := s.k / 2
	if s.crop {
		pad = 0
	}
	out := (s.size+2*pad-s.k)/s.stride + 1
	return &Conv{N: s.n, C: s.c, M: s.m, Groups: s.groups, X: [3]int{1, s.size, s.size}, K: [3]int{1, s.k, s.k}, Y: [3]int{1, out, out},
		Stride: [3]int{1, s.stride, s.stride}, Pad: [3]int{0, pad, pad}, Dilated: [3]int{1, 1, 1}}
}

var convShapes = []convShape{
	// Common ones.
	{8, 64, 64, 1, 56, 3, 1, false}, {8, 128, 128, 1, 28, 3, 1, false}, {8, 256, 256, 1, 14, 3, 1, false}, {8, 512, 512, 1, 7, 3, 1, false}, {32, 64, 64, 1, 32, 3, 1, false},
	// ResNet-18 and 50 at 64 and 128 pixels.
	{8, 3, 64, 1, 64, 7, 2, false}, {8, 64, 64, 1, 16, 3, 1, false}, {8, 64, 128, 1, 16, 3, 2, false}, {8, 128, 128, 1, 8, 3, 1, false}, {8, 256, 256, 1, 4, 3, 1, false}, {8, 512, 512, 1, 2, 3, 1, false},
	{4, 3, 64, 1, 128, 7, 2, false}, {4, 64, 64, 1, 32, 3, 1, false}, {4, 256, 512, 1, 8, 3, 2, false}, {4, 512, 512, 1, 4, 3, 1, false}, {4, 256, 512, 1, 32, 1, 2, false}, {4, 64, 256, 1, 32, 1, 1, false}, {4, 2048, 512, 1, 4, 1, 1, false},
	// Small ones.
	{32, 1, 6, 1, 28, 5, 1, false}, {32, 6, 16, 1, 14, 5, 1, true}, {32, 6, 16, 1, 14, 5, 1, false}, {8, 3, 8, 1, 32, 3, 1, false}, {16, 3, 32, 1, 32, 3, 1, false},
	// Depthwise ones of MobileNet v2, and grouped.
	{8, 32, 32, 32, 48, 3, 1, false}, {8, 96, 96, 96, 48, 3, 2, false}, {8, 144, 144, 144, 24, 3, 1, false}, {8, 192, 192, 192, 12, 3, 1, false}, {8, 384, 384, 384, 6, 3, 1, false}, {8, 960, 960, 960, 3, 3, 1, false},
	{8, 64, 64, 4, 32, 3, 1, false},
}

func BenchmarkConvCL(b *testing.B) {
	for _, s := range convShapes {
		c := s.conv()
		cg, _, plane, taps, out := c.sizes()
		for _, set := range instructionSets {
			if set == plain && c.N*out*c.M*cg*taps > 1<<22 {
				continue
			}
			peak := set.measurePeak()
			x, w, y := make([]float32, c.N*c.C*plane), make([]float32, c.M*cg*taps), make([]float32, c.N*c.M*out)
			for threads := 1; threads <= 2; threads++ {
				for _, op := range []string{"forward", "input", "filter"} {
					name := fmt.Sprintf("op=%s/n=%d/c=%d/m=%d/g=%d/size=%d/k=%d/stride=%d/crop=%v/threads=%d/impl=%s",
						op, s.n, s.c, s.m, s.groups, s.size, s.k, s.stride, s.crop, threads, set.name)
					b.Run(name, func(b *testing.B) {
						ws := NewWorkspace[float32](threads)
						run := map[string]func(){
							"forward": set.convForward(ws, c, []Factor[float32]{{x, y, false}}, w),
							"input":   set.convInput(ws, c, []Factor[float32]{{y, x, false}}, w),
							"filter":  set.convFilter(ws, c, w, x, y),
						}[op]
						best(b, 2*c.N*out*c.M*cg*taps, float64(threads)*peak, run)
					})
				}
			}
		}
	}
}
