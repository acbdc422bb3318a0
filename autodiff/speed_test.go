package autodiff

import "testing"

// TestSeconds: products and what is beside them take their times, and a machine has both speeds.
func TestSeconds(t *testing.T) {
	g := NewGraph()
	y := Tanh(MatMul(g.Variable("a", 8, 4), g.Variable("b", 4, 2)))
	prog, err := Compile([]*Node{y}, Options{PlanOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	const products = 8 * 4 * 2
	const moved, added = 32, 6 // what an element that is moved, and an addition in the cache, count as
	others := float64(moved*(8*4+4*2+8*2) + added*y.Primitive().loopCost()*8*2)
	if got, want := prog.Seconds(Speed{2, 4}), products/2+others/4; got != want {
		t.Errorf("%v seconds, want %v", got, want)
	}
	for _, precision := range []Precision{Float32, Float64} {
		if s, err := MeasureSpeed(Options{Precision: precision}); err != nil || s.Products < 1e7 || s.Others < 1e7 || s.Products > 1e14 {
			t.Errorf("%v: %+v (%v)", precision, s, err)
		}
	}
}
