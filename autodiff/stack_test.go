package autodiff

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// TestStack: products with w in common are one step if their first factors are
// there, even where they are added up; those with its transpose, or that depend on
// the step, are not of it. All outputs, and each alone, come out as the graph has
// them.
func TestStack(t *testing.T) {
	s := NewSampler(5)
	x1, x2, x3 := s.Variable(6, 5), s.Variable(6, 5), s.Variable(6, 5)
	w, v := Exp(s.Variable(5, 5)), s.Variable(5, 5)
	y1 := Dot(x1, w, false, false)
	y2 := Add(Dot(Tanh(y1), v, false, false), Dot(x2, w, false, false))
	y3 := Tanh(Dot(x3, w, false, false))
	y4 := Dot(y3, w, false, false)
	y5 := Dot(x1, w, false, true)
	outputs := []*Node{y1, y2, y3, y4, y5}

	want, err := Evaluate(outputs, s.Values)
	if err != nil {
		t.Fatal(err)
	}
	prog, err := Compile(outputs, Options{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := stackedProducts(t, prog), []int{1, 1, 1, 3}; !slices.Equal(got, want) {
		t.Errorf("the steps compute %v products, want %v", got, want)
	}
	for n, values := range s.Values {
		prog.Write(n, 0, values)
	}
	if got, want := prog.MultiplyAdds(), MultiplyAdds(outputs); got != want {
		t.Errorf("the program has %d multiply-adds, the graph %d", got, want)
	}
	check := func(list ...*Node) {
		if err := prog.Run(list...); err != nil {
			t.Fatal(err)
		}
		if list == nil {
			list = outputs
		}
		for i, y := range outputs {
			for _, n := range list {
				for k, got := range prog.Read(n) {
					if n == y && math.Abs(got-want[i][k]) > 1e-5 {
						t.Fatalf("output %d, element %d: %v, want %v", i, k, got, want[i][k])
					}
				}
			}
		}
	}
	for _, y := range outputs { // first alone: nothing else has been computed yet
		check(y)
	}
	check()
}

// stackedProducts is how many products each step of matrix products computes, in order of their number: as many as it has results.
func stackedProducts(t *testing.T, prog *Program) (counts []int) {
	for line := range strings.Lines(dumped(t, prog)) {
		if results, _, _ := strings.Cut(line, " = "); strings.Contains(results, " dot ") {
			counts = append(counts, len(strings.Fields(results))-2)
		}
	}
	slices.Sort(counts)
	return counts
}
