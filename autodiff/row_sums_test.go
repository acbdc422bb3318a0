package autodiff

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// rowSums builds sums along the rows of trees of elementwise nodes: alone, with
// results that are stored too, of tensors in another order of memory, and shared
// with a sum over all elements.
func rowSums(s *Sampler, rows, n int) []*Node {
	x, y, scale := s.Variable(rows, 3, n), s.Variable(rows, n, 3), s.Variable(n)
	e := Exp(Mul(x, scale))
	z := Add(Transpose(y, 0, 2, 1), x)
	w := Tanh(Transpose(s.Variable(3, rows, n), 1, 0, 2))
	outputs := []*Node{Sum(e, 2), Sum(Mul(z, z), 2), Sum(Mul(z, Exp(Neg(z))), 2), Sum(w, 2), Sum(Mul(w, scale), 2), w}
	normal := Div(Sub(e, MeanKeep(e, 2)), SumKeep(e, 2))
	return append(outputs, Sum(Mul(normal, normal), 2), SumAll(Mul(e, e)), Sum(Tanh(Reshape(x, rows*3, n)), 1))
}

func TestRowSums(t *testing.T) {
	for _, size := range [][2]int{{1, 15}, {5, 16}, {40, 17}, {7, 100}, {2, 1024}, {3, 1500}, {9, 2048}, {2, 2049}} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			s := NewSampler(uint64(size[1]))
			outputs := rowSums(s, size[0], size[1])
			want, err := Evaluate(outputs, s.Values)
			if err != nil {
				t.Fatal(err)
			}
			for _, precision := range []Precision{Float64, Float32} {
				var one [][]float64
				for threads := 1; threads <= 3; threads++ {
					prog, err := Compile(outputs, Options{Precision: precision, Threads: threads})
					if err != nil {
						t.Fatal(err)
					}
					for v, data := range s.Values {
						prog.Write(v, 0, data)
					}
					if err := prog.Run(); err != nil {
						t.Fatal(err)
					}
					tolerance := []float64{Float32: 1e-5, Float64: 1e-13}[precision]
					for i, y := range outputs {
						got := prog.Read(y)
						for k, v := range got {
							if w := want[i][k]; !(math.Abs(v-w) <= tolerance*float64(size[1])*(1+math.Abs(w))) {
								t.Fatalf("%v, %d threads: element %d of %v is %g, want %g", precision, threads, k, y, v, w)
							}
						}
						if threads == 1 {
							one = append(one, got)
						} else if !slices.Equal(got, one[i]) {
							t.Errorf("%v: %v differs with %d threads", precision, y, threads)
						}
					}
				}
			}
		})
	}
}

// TestRowSumsAreFused: a sum along rows is part of the step that makes them, which
// then need not be stored.
func TestRowSumsAreFused(t *testing.T) {
	s := NewSampler(1)
	x := s.Variable(40, 64)
	prog, err := Compile([]*Node{Sum(Mul(Exp(x), x), 1)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if held := int64(4 * (40*64 + 48)); prog.Steps() != 1 || prog.Memory() != held {
		t.Errorf("%d steps with %d bytes of memory, want 1 and %d for the variable and the sums", prog.Steps(), prog.Memory(), held)
	}
}
