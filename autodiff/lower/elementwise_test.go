package lower

import (
	"math"
	"slices"
	"testing"

	"onnx-metainit/autodiff"
)

// TestLegacy has versions of operators that neither the ONNX package's tests nor ONNX Runtime have any more.
func TestLegacy(t *testing.T) {
	x := []float64{-2, -1, 0, 1, 2, 3}
	for _, c := range []struct {
		name  string
		opset int64
		parts []part
		want  []float64
	}{
		{"Add with an axis", 6, []part{initializer("b", float32Type, []int64{2}, 10, 20), node("Add", "x,b", "y", intAttribute("broadcast", 1), intAttribute("axis", 0))},
			[]float64{8, 9, 10, 21, 22, 23}},
		{"Add of a suffix", 6, []part{initializer("b", float32Type, []int64{3}, 10, 20, 30), node("Add", "x,b", "y", intAttribute("broadcast", 1))},
			[]float64{8, 19, 30, 11, 22, 33}},
		{"PRelu with a slope for each channel", 6, []part{initializer("b", float32Type, []int64{3}, 10, 20, 30), node("PRelu", "x,b", "y")},
			[]float64{-20, -20, 0, 1, 2, 3}},
		{"Cast to a named type", 1, []part{node("Cast", "x", "y", textAttribute("to", "INT32"))}, x},
		{"Selu", 1, []part{node("Selu", "x", "y")},
			[]float64{1.0507 * 1.6732 * math.Expm1(-2), 1.0507 * 1.6732 * math.Expm1(-1), 0, 1.0507, 2 * 1.0507, 3 * 1.0507}},
		{"Reshape with an attribute", 1, []part{node("Reshape", "x", "y", intsAttribute("shape", 3, 2))}, x},
		{"Pad with paddings", 1, []part{node("Pad", "x", "y", intsAttribute("paddings", 0, 1, 0, 0), floatAttribute("value", 7))},
			[]float64{7, -2, -1, 0, 7, 1, 2, 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := mustImport(t, model(t, c.opset, append(c.parts, input("x", float32Type, 2, 3), output("y"))...), Options{})
			got := evaluate(t, m, map[string][]float64{"x": x}, m.Output.Node)[0]
			if d := difference(got, c.want); !(d < 1e-12) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// TestDerivativesAtJoints: where the pieces of an activation meet, the derivative is the one that training frameworks use.
func TestDerivativesAtJoints(t *testing.T) {
	for _, c := range []struct {
		name  string
		f     func(x *autodiff.Node) *autodiff.Node
		at    float64
		first float64
		then  float64 // the second derivative
	}{
		{"relu", autodiff.ReLU, 0, 0, 0},
		{"leaky relu", func(x *autodiff.Node) *autodiff.Node { return leakyRelu(x, 0.1) }, 0, 0.1, 0},
		{"elu", func(x *autodiff.Node) *autodiff.Node { return elu(x, 2) }, 0, 2, 2},
		{"celu", func(x *autodiff.Node) *autodiff.Node { return celu(x, 2) }, 0, 1, 0.5},
		{"softplus", autodiff.Softplus, 0, 0.5, 0.25},
		{"softplus far right", autodiff.Softplus, 800, 1, 0},
		{"softplus far left", autodiff.Softplus, -800, 0, 0},
		{"relu6 below", func(x *autodiff.Node) *autodiff.Node { return clip(x, scalarOf(x, 0), scalarOf(x, 6)) }, 0, 0, 0},
		{"relu6 above", func(x *autodiff.Node) *autodiff.Node { return clip(x, scalarOf(x, 0), scalarOf(x, 6)) }, 6, 0, 0},
		{"relu6 inside", func(x *autodiff.Node) *autodiff.Node { return clip(x, scalarOf(x, 0), scalarOf(x, 6)) }, 3, 1, 0},
		{"hard sigmoid", func(x *autodiff.Node) *autodiff.Node { return hardSigmoid(x, 0.2, 0.5) }, -2.5, 0, 0},
		{"mish", mish, 0, 0.6, 0.64},
		{"gelu", gelu, 0, 0.5, 2 / math.Sqrt(2*math.Pi)},
		{"square", func(x *autodiff.Node) *autodiff.Node { return pow(x, scalarOf(x, 2)) }, 0, 0, 2},
		{"cube", func(x *autodiff.Node) *autodiff.Node { return pow(x, scalarOf(x, 3)) }, -1, 3, -6},
	} {
		g := autodiff.NewGraph()
		x := g.Variable("x")
		d := autodiff.Grad(c.f(x), []*autodiff.Node{x})[0]
		dd := autodiff.Grad(d, []*autodiff.Node{x})[0]
		got, err := autodiff.Evaluate([]*autodiff.Node{d, dd}, map[*autodiff.Node][]float64{x: {c.at}})
		if err != nil {
			t.Fatal(err)
		}
		if !(math.Abs(got[0][0]-c.first) < 1e-12 && math.Abs(got[1][0]-c.then) < 1e-12) {
			t.Errorf("%s at %v: derivatives %v and %v, want %v and %v", c.name, c.at, got[0][0], got[1][0], c.first, c.then)
		}
	}
}

// TestRecurrentActivations compares each activation of an RNN of one step with its formula.
func TestRecurrentActivations(t *testing.T) {
	for name, f := range map[string]func(x float64) float64{
		"Relu":            func(x float64) float64 { return max(x, 0) },
		"Tanh":            math.Tanh,
		"Sigmoid":         func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
		"Softsign":        func(x float64) float64 { return x / (1 + math.Abs(x)) },
		"Softplus":        func(x float64) float64 { return math.Log1p(math.Exp(x)) },
		"LeakyRelu":       func(x float64) float64 { return max(x, 0) + 0.25*min(x, 0) },
		"ThresholdedRelu": func(x float64) float64 { return map[bool]float64{true: x}[x > 0.25] },
		"Elu":             func(x float64) float64 { return max(x, 0) + 0.25*math.Expm1(min(x, 0)) },
		"Affine":          func(x float64) float64 { return 0.25*x + 0.75 },
		"ScaledTanh":      func(x float64) float64 { return 0.25 * math.Tanh(0.75*x) },
		"HardSigmoid":     func(x float64) float64 { return max(0, min(1, 0.25*x+0.75)) },
	} {
		x := []float64{-2, -0.5, 0.2, 1.5}
		want := make([]float64, len(x))
		for i := range x {
			want[i] = f(x[i])
		}
		m := mustImport(t, model(t, 17, input("x", float32Type, 1, 4, 1), output("h"),
			initializer("w", float32Type, []int64{1, 1, 1}, 1), initializer("r", float32Type, []int64{1, 1, 1}, 1),
			node("RNN", "x,w,r", "y,h", stringsAttribute("activations", name),
				floatsAttribute("activation_alpha", 0.25), floatsAttribute("activation_beta", 0.75))), Options{})
		got := evaluate(t, m, map[string][]float64{"x": x}, m.Output.Node)[0]
		if !slices.EqualFunc(got, want, func(a, b float64) bool { return math.Abs(a-b) < 1e-12 }) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}
