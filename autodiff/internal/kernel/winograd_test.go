package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// winogradCases are convolutions that go by points with every instruction set: whole tiles
// and parts, padding and none, strips of half a width, many tiles or many channels, and
// more than one chunk of a gradient's sum.
func winogradCases() (cases []Conv) {
	// Images, channels of x and y, size of x, padding below and above.
	for _, s := range [][7]int{
		{2, 32, 48, 8, 8, 1, 1}, {3, 32, 32, 9, 14, 1, 1}, {2, 48, 32, 12, 16, 0, 1}, {2, 32, 32, 18, 21, 2, 2}, {1, 16, 16, 30, 31, 0, 0},
		{2, 64, 96, 8, 8, 1, 1}, {2, 96, 64, 7, 12, 1, 1}, {1, 16, 16, 37, 42, 1, 1},
	} {
		c := Conv{N: s[0], C: s[1], M: s[2], Groups: 1, X: [3]int{1, s[3], s[4]}, K: [3]int{1, 3, 3}, Y: [3]int{1, s[3], s[4]},
			Stride: [3]int{1, 1, 1}, Pad: [3]int{0, s[5], s[5]}, Dilated: [3]int{1, 1, 1}}
		for d := 1; d < 3; d++ {
			c.Y[d] += s[5] + s[6] - 2
		}
		cases = append(cases, c)
	}
	apart := cases[0] // padding along one axis
	apart.X[2], apart.Y[2], apart.Pad[2] = 14, 12, 0
	return append(cases, apart)
}

// TestWinogradOf asks for what convolutions there are points.
func TestWinogradOf(t *testing.T) {
	for name, change := range map[string]func(c *Conv){
		"itself":          func(*Conv) {},
		"five by five":    func(c *Conv) { c.K = [3]int{1, 5, 5} },
		"strides":         func(c *Conv) { c.Stride[1] = 2 },
		"dilations":       func(c *Conv) { c.Dilated[2] = 2 },
		"groups":          func(c *Conv) { c.Groups = 2 },
		"odd channels":    func(c *Conv) { c.C++ },
		"odd filters":     func(c *Conv) { c.M++ },
		"three axes":      func(c *Conv) { c.X[0], c.Y[0] = 2, 2 },
		"padded in front": func(c *Conv) { c.Pad[0] = 1 },
		"no images":       func(c *Conv) { c.N = 0 },
		"a few pixels":    func(c *Conv) { c.X, c.Y = [3]int{1, 2, 2}, [3]int{1, 2, 2} },
	} {
		for _, set := range instructionSets {
			c := winogradCases()[0]
			change(&c)
			if got := set.winograd(&c); got != (name == "itself") {
				t.Errorf("%s, impl=%s: %v", name, set.name, got)
			}
		}
	}
}

// TestWinogradErrors compares with sums in float64. The root mean square of the errors is at
// most four times that of sums over taps in float32.
func TestWinogradErrors(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, c := range winogradCases() {
		_, _, plane, taps, out := c.sizes()
		x, w, dy := random[float32](rng, c.N*c.C*plane), random[float32](rng, c.C*c.M*taps), random[float32](rng, c.N*c.M*out)
		y, dx, dw := exactConv(&c, x, w, dy)
		for _, set := range testInstructionSets() {
			if a := c.adjoint(); !set.winograd(&c) || !set.winograd(&a) {
				t.Errorf("impl=%s: %+v does not go by points", set.name, c)
			}
			ws := NewWorkspace[float32](1)
			for name, want := range map[string][]float64{"y": y, "dx": dx, "dw": dw} {
				points, byTaps := make([]float32, len(want)), make([]float32, len(want))
				switch s := new(sweep); name {
				case "y":
					newWinogradSweep(set, &c, []Factor[float32]{{x, points, false}}, w, false).bind(ws)()
					s.planForward(set, &c)
					s.bind(ws, set, []Factor[float32]{{x, byTaps, false}}, w)()
				case "dx":
					a := c.adjoint()
					newWinogradSweep(set, &a, []Factor[float32]{{dy, points, false}}, w, true).bind(ws)()
					s.planInput(set, &c)
					s.bind(ws, set, []Factor[float32]{{dy, byTaps, false}}, w)()
				case "dw":
					newWinogradGradient(set, &c, points, x, dy).bind(ws)()
					newFilterGradient(set, &c, byTaps, x, dy).bind(ws)()
				}
				if e, least := rootMeanSquare(points, want), rootMeanSquare(byTaps, want); !(e <= 4*least) {
					t.Errorf("%s of %+v, impl=%s: errors of %.2g, by taps %.2g", name, c, set.name, e, least)
				}
			}
		}
	}
}

// TestWinogradChunks: a gradient of several chunks of tiles is the sum of theirs.
func TestWinogradChunks(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	c := winogradCases()[7]
	_, _, plane, taps, out := c.sizes()
	x, dy := random[float32](rng, c.N*c.C*plane), random[float32](rng, c.N*c.M*out)
	for _, set := range testInstructionSets() {
		one, several := make([]float32, c.C*c.M*taps), make([]float32, c.C*c.M*taps)
		newWinogradGradient(set, &c, one, x, dy).bind(NewWorkspace[float32](1))()
		s := newWinogradGradient(set, &c, several, x, dy)
		s.chunks, s.chunk = 3, balanced(s.chunk, 3)
		s.bind(NewWorkspace[float32](2))()
		almost(t, "impl="+set.name, several, one, out)
	}
}

// exactConv computes a convolution and its adjoints by their definitions.
func exactConv(c *Conv, x, w, dy []float32) (y, dx, dw []float64) {
	y, dx, dw = make([]float64, len(dy)), make([]float64, len(x)), make([]float64, len(w))
	for n := range c.N {
		for o := range c.Y[1] * c.Y[2] {
			for k := range 9 {
				i1, i2 := o/c.Y[2]+k/3-c.Pad[1], o%c.Y[2]+k%3-c.Pad[2]
				if uint(i1) >= uint(c.X[1]) || uint(i2) >= uint(c.X[2]) {
					continue
				}
				for i := range c.C {
					from := ((n*c.X[1]+i1)*c.X[2]+i2)*c.C + i
					for m := range c.M {
						to, tap := (n*c.Y[1]*c.Y[2]+o)*c.M+m, (k*c.C+i)*c.M+m
						y[to] += float64(x[from]) * float64(w[tap])
						dx[from] += float64(dy[to]) * float64(w[tap])
						dw[tap] += float64(x[from]) * float64(dy[to])
					}
				}
			}
		}
	}
	return y, dx, dw
}

// rootMeanSquare is that of the differences.
func rootMeanSquare(got []float32, want []float64) float64 {
	sum := 0.0
	for i, v := range want {
		d := float64(got[i]) - v
		sum += d * d
	}
	return math.Sqrt(sum / float64(len(want)))
}

// TestWinogradSquares takes squares inside an image and at its edges.
func TestWinogradSquares(t *testing.T) {
	for _, c := range []struct{ line, pixel int }{{-1, -1}, {0, 0}, {3, 4}, {4, 3}, {-2, 6}, {8, 0}} {
		const lines, pixels, channels, size = 7, 8, 2, 6
		image, patch := make([]float32, lines*pixels*channels), make([]float32, size*size*channels)
		for i := range image {
			image[i] = float32(i + 1)
		}
		for i := range patch {
			patch[i] = -1
		}
		first, stride := square(patch, image, lines, pixels, channels, c.line, c.pixel, size)
		for i := range size {
			for j := range size * channels {
				want, l, p := float32(0), c.line+i, c.pixel+j/channels
				if l >= 0 && l < lines && p >= 0 && p < pixels {
					want = image[(l*pixels+p)*channels+j%channels]
				}
				if got := *at(first, i*stride+j); got != want {
					t.Fatalf("square from %v: element %d of line %d is %v, want %v", c, j, i, got, want)
				}
			}
		}
	}
}
