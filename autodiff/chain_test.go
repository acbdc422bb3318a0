package autodiff

import "testing"

// curvedFunctions are functions of one tensor made of several primitives.
func curvedFunctions(x *Node) map[string]*Node {
	c := x.g.Scalar
	half := Mul(x, c(0.5))
	return map[string]*Node{
		"gelu":       Mul(half, Add(Erf(Div(x, c(1.5))), c(1))),
		"rational":   Div(x, Add(Mul(x, x), c(2))),
		"bell":       Exp(Neg(Mul(x, x))),
		"softplus":   Softplus(x),
		"hardswish":  Mul(x, Max(Min(Add(x, c(3)), c(6)), c(0))),
		"of results": Mul(Tanh(half), Logistic(Sin(x))),
		"by place":   Mul(Mul(x, x), x.g.Const([]float64{1, 2, 3, 4, 5, 6}, 2, 3)),
		"selected":   Select(Less(c(0), x), Mul(x, x), Sin(half)),
	}
}

func TestChains(t *testing.T) {
	s := NewSampler(3)
	x := s.Variable(2, 3)
	for name, y := range curvedFunctions(x) {
		if y.root != x.id || !y.curved {
			t.Errorf("%s is no curved chain of x", name)
		}
		checkOrders(t, name, s, y, 3)
		// The root is computed itself, and the chain is read by others.
		z := Dot(x, s.Variable(3, 3), false, false)
		checkOrders(t, name+" of a product", s, Mul(curvedFunctions(z)[name], z), 2)
	}
	for name, y := range map[string]*Node{
		"two tensors": Mul(x, s.Variable(2, 3)), "a line": Add(Mul(x, s.Graph.Scalar(3)), s.Graph.Scalar(1)),
		"tanh": Tanh(x), "pieces of lines": Max(ReLU(x), s.Graph.Scalar(0.5)),
	} {
		if y.curved {
			t.Errorf("%s is a curved chain", name)
		}
	}
}

// TestChainsShareDerivatives: tangents along two directions, and the cotangent, are
// multiples of one derivative.
func TestChainsShareDerivatives(t *testing.T) {
	s := NewSampler(3)
	x, u, v := s.Variable(2, 3), s.Variable(2, 3), s.Variable(2, 3)
	y := curvedFunctions(x)["gelu"]
	for _, dx := range []*Node{u, v} {
		if dy := JVP([]*Node{y}, []*Node{x}, []*Node{dx})[0]; dy != Mul(y.slope(), dx) {
			t.Errorf("the tangent is %v", dy)
		}
		if cotangent := VJP([]*Node{y}, []*Node{dx}, []*Node{x})[0]; cotangent != Mul(y.slope(), dx) {
			t.Errorf("the cotangent is %v", cotangent)
		}
	}
}

// TestChainsMovedInside: a node inside a chain moves by itself.
func TestChainsMovedInside(t *testing.T) {
	s := NewSampler(3)
	x, one := s.Variable(2, 3), s.Graph.fill(1, []int{2, 3})
	inside := Mul(x, x)
	y := Mul(inside, Sin(x))
	if dy := JVP([]*Node{y}, []*Node{inside}, []*Node{one})[0]; dy != Sin(x) {
		t.Errorf("the tangent is %v, want the other factor", dy)
	}
	if dy := VJP([]*Node{y}, []*Node{one}, []*Node{inside})[0]; dy != Sin(x) {
		t.Errorf("the cotangent is %v, want the other factor", dy)
	}
}
