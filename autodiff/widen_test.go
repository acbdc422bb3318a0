package autodiff

import (
	"math"
	"slices"
	"testing"
)

// TestWiden: products with w in common are one step if their first factors are
// there, even where they are added up; those with its transpose, or that depend on
// the step, are not of it. All outputs, and each alone, come out as the graph has
// them.
func TestWiden(t *testing.T) {
	s := NewSampler(5)
	x1, x2, x3 := s.Variable(6, 5), s.Variable(6, 5), s.Variable(6, 5)
	w, v := s.Variable(5, 5), s.Variable(5, 5)
	y1 := Dot(x1, w, false, false)
	y2 := Add(Dot(Tanh(y1), v, false, false), Dot(x2, w, false, false))
	y3 := Tanh(Dot(x3, w, false, false))
	y4 := Dot(y3, w, false, false)
	y5 := Dot(x1, w, false, true)
	outputs := []*Node{y1, y2, y3, y4, y5}

	var widths []int
	for _, st := range newPlan(outputs, true).steps {
		if st.fused == nil && !st.copied {
			widths = append(widths, max(1, len(st.wide)))
		}
	}
	slices.Sort(widths)
	if want := []int{1, 1, 1, 3}; !slices.Equal(widths, want) {
		t.Errorf("the steps compute %v products, want %v", widths, want)
	}

	want, err := Evaluate(outputs, s.Values)
	if err != nil {
		t.Fatal(err)
	}
	prog, err := Compile(outputs, Options{Threads: 2})
	if err != nil {
		t.Fatal(err)
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
