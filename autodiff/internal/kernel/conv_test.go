package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// naiveConv calls body for every product of a convolution: y[yi] += x[xi]·w[wi].
func naiveConv(c *Conv, body func(yi, xi, wi int)) {
	cg, mg, plane, taps, out := c.sizes()
	for n := range c.N {
		for m := range c.M {
			for ch := range cg {
				for k := range taps {
					for o := range out {
						ki := [3]int{k / c.K[2] / c.K[1], k / c.K[2] % c.K[1], k % c.K[2]}
						oi := [3]int{o / c.Y[2] / c.Y[1], o / c.Y[2] % c.Y[1], o % c.Y[2]}
						at, inside := 0, true
						for d := range 3 {
							i := oi[d]*c.Stride[d] - c.Pad[d] + ki[d]*c.Dilated[d]
							inside = inside && i >= 0 && i < c.X[d]
							at = at*c.X[d] + i
						}
						if inside {
							body((n*c.M+m)*out+o, (n*c.C+m/mg*cg+ch)*plane+at, (m*cg+ch)*taps+k)
						}
					}
				}
			}
		}
	}
}

var convCases = []Conv{
	{N: 2, C: 3, M: 4, Groups: 1, X: [3]int{1, 7, 6}, K: [3]int{1, 3, 3}, Stride: [3]int{1, 1, 1}, Pad: [3]int{0, 1, 1}, Dilated: [3]int{1, 1, 1}},
	{N: 1, C: 4, M: 6, Groups: 2, X: [3]int{1, 8, 9}, K: [3]int{1, 3, 2}, Stride: [3]int{1, 2, 3}, Pad: [3]int{0, 2, 0}, Dilated: [3]int{1, 1, 2}},
	{N: 3, C: 4, M: 4, Groups: 4, X: [3]int{1, 5, 5}, K: [3]int{1, 3, 3}, Stride: [3]int{1, 2, 2}, Pad: [3]int{0, 1, 1}, Dilated: [3]int{1, 1, 1}},
	{N: 1, C: 2, M: 3, Groups: 1, X: [3]int{4, 3, 5}, K: [3]int{2, 2, 2}, Stride: [3]int{2, 1, 1}, Pad: [3]int{1, 0, 1}, Dilated: [3]int{1, 1, 2}},
	{N: 2, C: 1, M: 2, Groups: 1, X: [3]int{1, 1, 4}, K: [3]int{1, 1, 6}, Stride: [3]int{1, 1, 1}, Pad: [3]int{0, 0, 4}, Dilated: [3]int{1, 1, 1}},
	{N: 1, C: 1, M: 1, Groups: 1, X: [3]int{1, 3, 3}, K: [3]int{1, 1, 1}, Stride: [3]int{1, 5, 5}, Pad: [3]int{0, 0, 0}, Dilated: [3]int{1, 1, 1}},
}

func TestConv(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range convCases {
		c := &convCases[i]
		for d := range 3 {
			c.Y[d] = (c.X[d]+2*c.Pad[d]-c.Dilated[d]*(c.K[d]-1)-1)/c.Stride[d] + 1
		}
		cg, _, plane, taps, out := c.sizes()
		x := random[float64](rng, c.N*c.C*plane)
		w := random[float64](rng, c.M*cg*taps)
		dy := random[float64](rng, c.N*c.M*out)
		y, dx, dw := make([]float64, len(dy)), make([]float64, len(x)), make([]float64, len(w))
		naiveConv(c, func(yi, xi, wi int) {
			y[yi] += x[xi] * w[wi]
			dx[xi] += dy[yi] * w[wi]
			dw[wi] += dy[yi] * x[xi]
		})
		for threads := 1; threads <= 3; threads++ {
			ws := NewWorkspace[float64](threads)
			name := fmt.Sprintf("case %d with %d threads", i, threads)
			// The kernels overwrite: start from garbage.
			gotY, gotDX, gotDW := random[float64](rng, len(y)), random[float64](rng, len(x)), random[float64](rng, len(w))
			ConvForward(ws, c, gotY, x, w)()
			ConvInput(ws, c, gotDX, dy, w)()
			ConvFilter(ws, c, gotDW, x, dy)()
			almost(t, name+" forward", gotY, y, cg*taps)
			almost(t, name+" input", gotDX, dx, c.M*taps)
			almost(t, name+" filter", gotDW, dw, c.N*out)
			added := *c
			added.Add = true
			ConvForward(ws, &added, gotY, x, w)()
			ConvInput(ws, &added, gotDX, dy, w)()
			ConvFilter(ws, &added, gotDW, x, dy)()
			for _, pair := range [][2][]float64{{gotY, y}, {gotDX, dx}, {gotDW, dw}} {
				for i, v := range pair[1] {
					if d := pair[0][i] - 2*v; d > 1e-12 || d < -1e-12 {
						t.Fatalf("%s: element %d added to itself is %v, want %v", name, i, pair[0][i], 2*v)
					}
				}
			}
		}
	}
}
