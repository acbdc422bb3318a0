package autodiff

import (
	"math"
	"testing"
)

// TestSoftplus checks values where formulas lose them, and the derivatives of
// orders 1 to 4 at 0, where the logits of a head that starts at zero are.
func TestSoftplus(t *testing.T) {
	for x, want := range map[float64]float64{0: math.Ln2, -50: math.Exp(-50), 800: 800, -800: 0} {
		g := NewGraph()
		if got, _ := Softplus(g.Scalar(x)).Value(); math.Abs(got[0]-want) > 1e-15*want {
			t.Errorf("softplus(%v) is %v, want %v", x, got[0], want)
		}
	}
	g := NewGraph()
	x := g.Variable("x")
	y := Softplus(x)
	for order, want := range []float64{0.5, 0.25, 0, -0.125} {
		y = Grad(y, []*Node{x})[0]
		got, err := Evaluate([]*Node{y}, map[*Node][]float64{x: {0}})
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(got[0][0]-want) > 1e-15 {
			t.Errorf("derivative %d of softplus at 0 is %v, want %v", order+1, got[0][0], want)
		}
	}
}

// TestCrossEntropy compares with the formula, for classes on the last axis and on one before it.
func TestCrossEntropy(t *testing.T) {
	g := NewGraph()
	z := g.Const([]float64{1, 2, 0, -1, 3, 3}, 2, 3)
	labels := g.Const([]float64{1, 0}, 2)
	want := []float64{math.Log(math.Exp(-1) + 1 + math.Exp(-2)), math.Log(1 + 2*math.Exp(4))}
	for axis, y := range map[int]*Node{1: CrossEntropy(z, labels, 1), 0: CrossEntropy(Transpose(z, 1, 0), labels, 0)} {
		got, err := Evaluate([]*Node{y}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range got[0] {
			if math.Abs(v-want[i]) > 1e-15 || y.Shape()[axis] != 1 {
				t.Errorf("axis %d: %v of shape %v, want %v", axis, got[0], y.Shape(), want)
			}
		}
	}
	if err := Maybe(func() { CrossEntropy(z, labels, 2) }); err == nil {
		t.Error("an axis that is not there has classes")
	}
}
