package autodiff

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestInvariants: what is found holds in numbers, with the weights seven times as large; what is not found does not.
func TestInvariants(t *testing.T) {
	product := func(x, w *Node) *Node { return Dot(x, w, false, false) }
	normalized := func(x *Node, epsilon float64, axes ...int) *Node {
		d := Sub(x, MeanKeep(x, axes...))
		variance := MeanKeep(Mul(d, d), axes...)
		return Div(d, Sqrt(Add(variance, x.g.Scalar(epsilon))))
	}
	for _, c := range []struct {
		name  string
		build func(x, w, v, bias *Node) *Node // x [6 4], w [4 5], v [5 5], bias [5]
		want  []bool                          // of w and v
	}{
		{"a layer normalization", func(x, w, v, bias *Node) *Node { return product(normalized(product(x, w), 1e-9, 1), v) }, []bool{true, false}},
		{"two layers in front of it, a ReLU between", func(x, w, v, bias *Node) *Node { return normalized(product(ReLU(product(x, w)), v), 1e-9, 1) }, []bool{true, true}},
		{"a bias before it, over the axis of the mean", func(x, w, v, bias *Node) *Node { return normalized(Add(product(x, w), bias), 1e-9, 1) }, []bool{false, false}},
		{"a bias before a batch normalization", func(x, w, v, bias *Node) *Node { return product(normalized(Add(product(x, w), bias), 1e-9, 0), v) }, []bool{true, false}},
		{"a bias before a batch normalization, and a ReLU between", func(x, w, v, bias *Node) *Node { return normalized(ReLU(Add(product(x, w), bias)), 1e-9, 0) }, []bool{false, false}},
		{"the mean of something else", func(x, w, v, bias *Node) *Node {
			y := Add(product(x, w), bias)
			return Div(Sub(y, MeanKeep(Mul(y, x.g.Scalar(2)), 0)), MeanKeep(Abs(product(x, w)), 0))
		}, []bool{false, false}},
		{"a norm without a mean", func(x, w, v, bias *Node) *Node {
			y := product(x, w)
			return Mul(y, Reciprocal(Sqrt(MeanKeep(Mul(y, y), 1))))
		}, []bool{true, false}},
		{"divided by the greatest", func(x, w, v, bias *Node) *Node {
			y := product(x, w)
			return Div(y, keepAxes(ReduceMax(Abs(y), 1), y, []int{1}))
		}, []bool{true, false}},
		{"weights divided by their norm", func(x, w, v, bias *Node) *Node {
			return Add(product(x, Div(w, Sqrt(SumAll(Mul(w, w))))), bias)
		}, []bool{true, false}},
		{"which class is the greatest", func(x, w, v, bias *Node) *Node { return Mul(ArgMax(product(x, w), 1), x.g.Scalar(2)) }, []bool{true, false}},
		{"the sign of a sum", func(x, w, v, bias *Node) *Node { return LessEqual(x.g.Scalar(0), product(x, w)) }, []bool{true, false}},
		{"whether a sum is greater than one", func(x, w, v, bias *Node) *Node { return LessEqual(x.g.Scalar(1), product(x, w)) }, []bool{false, false}},
		{"a tanh in front of it", func(x, w, v, bias *Node) *Node { return normalized(Tanh(product(x, w)), 1e-9, 1) }, []bool{false, false}},
		{"a residual around it", func(x, w, v, bias *Node) *Node { return Add(product(x, w), normalized(product(x, w), 1e-9, 1)) }, []bool{false, false}},
		{"a large ε", func(x, w, v, bias *Node) *Node { return normalized(product(x, w), 1, 1) }, []bool{false, false}},
	} {
		g := NewGraph()
		x, w, v, bias := g.Variable("x", 6, 4), g.Variable("w", 4, 5), g.Variable("v", 5, 5), g.Variable("bias", 5)
		y := SumAll(Exp(c.build(x, w, v, bias)))
		if got := Invariants(y, []*Node{w, v}); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
		prog, err := Compile([]*Node{y}, Options{Precision: Float64})
		if err != nil {
			t.Fatal(err)
		}
		defer prog.Close()
		rng := rand.New(rand.NewPCG(1, 2))
		for _, n := range []*Node{x, w, v, bias} {
			data := make([]float64, n.Size())
			for i := range data {
				data[i] = rng.NormFloat64()
			}
			prog.Write(n, 0, data)
		}
		value := func() float64 {
			if err := prog.Run(); err != nil {
				t.Fatal(err)
			}
			return prog.Read(y)[0]
		}
		before := value()
		prog.Scale(w, 7)
		if same := math.Abs(value()/before-1) < 1e-6; same != c.want[0] {
			t.Errorf("%s: with w larger the value stays: %v", c.name, same)
		}
	}
}
