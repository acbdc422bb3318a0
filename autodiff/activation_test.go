package autodiff

import (
	"math"
	"testing"
)

// TestSoftplus checks values where formulas lose them, and the derivatives of
// orders 1 to 4 at 0, where a logit of a head that starts at zero lies.
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
