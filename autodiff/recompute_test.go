package autodiff

import "testing"

// TestDearFunctionsAreStored: what a later cluster reads is computed again there if
// that is cheap, and stored if it is dear.
func TestDearFunctionsAreStored(t *testing.T) {
	for _, c := range []struct {
		name  string
		f     func(x *Node) *Node
		times int
	}{
		{"square", func(x *Node) *Node { return Mul(x, x) }, 2},
		{"slope of tanh", func(x *Node) *Node { return Sub(x.g.Scalar(1), Mul(x, x)) }, 2},
		{"logistic", Logistic, 2},
		{"sine", Sin, 1},
		{"slope of GELU", func(x *Node) *Node { return Mul(Add(Erf(x), Exp(Neg(Mul(x, x)))), Tanh(x)) }, 1},
	} {
		g := NewGraph()
		x := Dot(g.Variable("a", 64, 64), g.Variable("b", 64, 64), false, false)
		f := c.f(x)
		y := Dot(Mul(f, g.Variable("c", 64, 64)), g.Variable("d", 64, 64), false, false)
		z := Dot(Mul(f, y), x, false, false)
		times := 0
		for _, cluster := range newWork([]*Node{z}).schedule() {
			for _, n := range cluster.nodes {
				if n == f {
					times++
				}
			}
		}
		if times != c.times {
			t.Errorf("%s: computed %d times, want %d", c.name, times, c.times)
		}
	}
}
