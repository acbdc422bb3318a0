package lower

import (
	"math"
	"slices"
	"testing"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
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
		{"Add with an axis but without broadcast", 6, []part{node("Add", "x,x", "y", intAttribute("broadcast", 0), intAttribute("axis", 0), intsAttribute("consumed_inputs", 0, 0))},
			[]float64{-4, -2, 0, 2, 4, 6}},
		{"BatchNormalization in its inference form", 6, []part{initializer("s", float32Type, []int64{3}, 1, 2, 4), initializer("v", float32Type, []int64{3}, 1, 4, 16),
			node("BatchNormalization", "x,s,s,s,v", "y,m,n,o,p", intAttribute("is_test", 1), floatAttribute("epsilon", 0), intsAttribute("consumed_inputs", 0, 0, 0, 1, 1))},
			[]float64{-2, -1, 0, 1, 2, 3}},
		{"Dropout in its inference form", 6, []part{node("Dropout", "x", "y", intAttribute("is_test", 0))}, x},
		{"Gemm with broadcast", 6, []part{initializer("w", float32Type, []int64{3, 1}, 1, 10, 100), initializer("b", float32Type, []int64{1}, 0.5),
			node("Gemm", "x,w,b", "y", intAttribute("broadcast", 1))}, []float64{-11.5, 321.5}},
		{"Split with an input", 1, []part{initializer("s", int64Type, []int64{2}, 1, 2), node("Split", "x,s", "z,y", intAttribute("axis", 1))}, []float64{-1, 0, 2, 3}},
		{"GlobalLpPool with a float", 1, []part{node("Reshape", "x", "r", intsAttribute("shape", 2, 1, 3)), node("GlobalLpPool", "r", "y", floatAttribute("p", 1))}, []float64{3, 6}},
		{"PRelu with a slope for each channel", 6, []part{initializer("b", float32Type, []int64{3}, 10, 20, 30), node("PRelu", "x,b", "y")},
			[]float64{-20, -20, 0, 1, 2, 3}},
		{"Cast to a named type", 1, []part{node("Cast", "x", "y", textAttribute("to", "INT32"))}, x},
		{"Selu", 1, []part{node("Selu", "x", "y")},
			[]float64{1.0507 * 1.6732 * math.Expm1(-2), 1.0507 * 1.6732 * math.Expm1(-1), 0, 1.0507, 2 * 1.0507, 3 * 1.0507}},
		{"Reshape with an attribute", 1, []part{node("Reshape", "x", "y", intsAttribute("shape", 3, 2))}, x},
		{"Pad with paddings", 1, []part{node("Pad", "x", "y", intsAttribute("paddings", 0, 1, 0, 0), floatAttribute("value", 7))},
			[]float64{7, -2, -1, 0, 7, 1, 2, 3}},
		{"ConstantFill of an attribute", 7, []part{node("ConstantFill", "", "y", intsAttribute("shape", 2), floatAttribute("value", 0.5))}, []float64{0.5, 0.5}},
		{"ConstantFill of a shape", 7, []part{node("ConstantFill", "x", "f", intsAttribute("extra_shape", 2)), node("Shape", "f", "y")}, []float64{2, 3, 2}},
		{"ConstantFill of elements", 7, []part{initializer("s", int64Type, []int64{2}, 2, 1),
			node("ConstantFill", "s", "f", intAttribute("input_as_shape", 1), floatAttribute("value", 3)), node("Add", "f,x", "y")}, []float64{1, 2, 3, 4, 5, 6}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := mustImport(t, model(t, c.opset, append(c.parts, input("x", float32Type, 2, 3), output("y"))...), Options{})
			got := evaluate(t, m, map[string][]float64{"x": x}, m.Outputs[0].Node)[0]
			if d := difference(got, c.want); !(d < 1e-12) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// TestDropoutMask: nothing is dropped; before opset 10 the mask has the type of the data.
func TestDropoutMask(t *testing.T) {
	for opset, want := range map[int64]DataType{7: float32Type, 9: float32Type, 10: boolType, 13: boolType} {
		m := mustImport(t, model(t, opset, input("x", float32Type, 2), node("Dropout", "x", "z,y"), output("y")), Options{Outputs: []string{"y"}})
		got := evaluate(t, m, map[string][]float64{"x": {3, -4}}, m.Outputs[0].Node)[0]
		if !slices.Equal(got, []float64{1, 1}) || m.Outputs[0].DataType != want {
			t.Errorf("opset %d: %v of type %v, want 1 of type %v", opset, got, m.Outputs[0].DataType, want)
		}
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
		{"max with 0", func(x *autodiff.Node) *autodiff.Node { return greatest(x, scalarOf(x, 0)) }, 0, 0, 0},
		{"max of 0", func(x *autodiff.Node) *autodiff.Node { return greatest(scalarOf(x, 0), x) }, 0, 0, 0},
		{"min with 6", func(x *autodiff.Node) *autodiff.Node { return least(x, scalarOf(x, 6)) }, 6, 0, 0},
		{"min of 6", func(x *autodiff.Node) *autodiff.Node { return least(scalarOf(x, 6), x) }, 6, 0, 0},
		{"hard sigmoid", func(x *autodiff.Node) *autodiff.Node { return hardSigmoid(x, 0.2, 0.5) }, -2.5, 0, 0},
		{"mish", mish, 0, 0.6, 0.64},
		{"gelu", gelu, 0, 0.5, 2 / math.Sqrt(2*math.Pi)},
		{"square", func(x *autodiff.Node) *autodiff.Node { return autodiff.Pow(x, scalarOf(x, 2)) }, 0, 0, 2},
		{"cube", func(x *autodiff.Node) *autodiff.Node { return autodiff.Pow(x, scalarOf(x, 3)) }, -1, 3, -6},
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
		got := evaluate(t, m, map[string][]float64{"x": x}, m.Outputs[0].Node)[0]
		if !slices.EqualFunc(got, want, func(a, b float64) bool { return math.Abs(a-b) < 1e-12 }) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

// TestCastOfConstants: what is known while building is rounded to the type, a weight stays as it is.
func TestCastOfConstants(t *testing.T) {
	x := initializer("x", float32Type, []int64{3}, 0.1, 300.5, -7.9)
	y := func(name string, to DataType) []float64 {
		m := mustImport(t, model(t, 24, input("n", int64Type, 3), initializer("c", int64Type, []int64{3}, 1, 300, -7), x,
			node("Cast", name, "z", intAttribute("to", int64(to))), output("z")), Options{Shapes: map[string][]int{"n": {3}}})
		return evaluate(t, m, map[string][]float64{"n": {1, 300, -7}}, m.Outputs[0].Node)[0]
	}
	for _, c := range []struct {
		name string
		to   DataType
		want []float64
	}{
		{"c", onnxio.Float8E4M3FN, []float64{1, 288, -7}},
		{"n", onnxio.Float8E4M3FN, []float64{1, 300, -7}},
		{"x", onnxio.Float16, []float64{float64(float32(0.1)), 300.5, float64(float32(-7.9))}},
		{"x", onnxio.Int32, []float64{0, 300, -7}},
		{"x", onnxio.Uint8, []float64{0, 44, 249}},
		{"x", boolType, []float64{1, 1, 1}},
	} {
		if got := y(c.name, c.to); !slices.Equal(got, c.want) {
			t.Errorf("%s to %v: got %v, want %v", c.name, c.to, got, c.want)
		}
	}
}

// TestRandomNumbers: the same seed gives the same numbers, another one others, and they have the distribution.
func TestRandomNumbers(t *testing.T) {
	const n = 10000
	draw := func(operator string, attributes ...*onnxpb.AttributeProto) []float64 {
		attributes = append(attributes, intsAttribute("shape", n))
		m := mustImport(t, model(t, 22, node(operator, "", "y", attributes...), output("y")), Options{})
		return evaluate(t, m, nil, m.Outputs[0].Node)[0]
	}
	moments := func(x []float64) (mean, variance float64) {
		for _, v := range x {
			mean += v / n
		}
		for _, v := range x {
			variance += (v - mean) * (v - mean) / n
		}
		return mean, variance
	}
	normal := draw("RandomNormal", floatAttribute("mean", 3), floatAttribute("scale", 2), floatAttribute("seed", 1))
	if mean, variance := moments(normal); math.Abs(mean-3) > 0.1 || math.Abs(variance-4) > 0.2 {
		t.Errorf("normal numbers have mean %v and variance %v, want 3 and 4", mean, variance)
	}
	uniform := draw("RandomUniform", floatAttribute("low", -1), floatAttribute("high", 3))
	if mean, variance := moments(uniform); math.Abs(mean-1) > 0.1 || math.Abs(variance-16.0/12) > 0.1 {
		t.Errorf("uniform numbers have mean %v and variance %v, want 1 and 4/3", mean, variance)
	}
	if slices.Min(uniform) < -1 || slices.Max(uniform) > 3 {
		t.Errorf("uniform numbers reach from %v to %v", slices.Min(uniform), slices.Max(uniform))
	}
	if !slices.Equal(uniform, draw("RandomUniform", floatAttribute("low", -1), floatAttribute("high", 3))) {
		t.Error("the same node gives other numbers")
	}
	if slices.Equal(draw("RandomUniform", floatAttribute("seed", 1)), draw("RandomUniform", floatAttribute("seed", 2))) {
		t.Error("another seed gives the same numbers")
	}
	p := input("p", float32Type, n)
	m := mustImport(t, model(t, 22, p, node("Bernoulli", "p", "y"), output("y")), Options{})
	ones := evaluate(t, m, map[string][]float64{"p": slices.Repeat([]float64{0.3}, n)}, m.Outputs[0].Node)[0]
	if mean, _ := moments(ones); math.Abs(mean-0.3) > 0.02 {
		t.Errorf("mean %v of Bernoulli, want 0.3", mean)
	}
	x := initializer("x", float32Type, []int64{1, 3}, math.Log(0.5), math.Log(0.2), math.Log(0.3))
	m = mustImport(t, model(t, 22, x, node("Multinomial", "x", "y", intAttribute("sample_size", n)), output("y")), Options{Outputs: []string{"y"}})
	drawn := evaluate(t, m, nil, m.Outputs[0].Node)[0]
	var share [3]float64
	for _, class := range drawn {
		share[int(class)] += 1.0 / n
	}
	for class, want := range []float64{0.5, 0.2, 0.3} {
		if math.Abs(share[class]-want) > 0.02 {
			t.Errorf("class %d is drawn with frequency %v, want %v", class, share[class], want)
		}
	}
}

// TestNumbersThatDoNotFit: sizes and attributes that are out of range are errors.
func TestNumbersThatDoNotFit(t *testing.T) {
	x := input("x", float32Type, 2, 3)
	scalar := func(name string, v float64) part { return initializer(name, int64Type, nil, v) }
	edge := func(name string, v float64) part { return initializer(name, float32Type, nil, v) }
	mel := func(bands, length, rate, low, high float64) []part {
		return []part{scalar("b", bands), scalar("l", length), scalar("r", rate), edge("f", low), edge("g", high),
			node("MelWeightMatrix", "b,l,r,f,g", "y")}
	}
	for _, c := range []struct {
		name  string
		parts []part
		err   string
	}{
		{"huge window", []part{scalar("n", 1<<50), node("HannWindow", "n", "y")}, "too many"},
		{"negative window", []part{scalar("n", -1), node("HannWindow", "n", "y")}, "too many"},
		{"huge random", []part{node("RandomNormal", "", "y", intsAttribute("shape", 1<<22, 1<<22))}, "too many"},
		{"negative random", []part{node("RandomNormal", "", "y", intsAttribute("shape", -1))}, "out of range"},
		{"random without shape", []part{node("RandomUniform", "", "y")}, `"shape" is missing`},
		{"huge sample", []part{x, node("Multinomial", "x", "y", intAttribute("sample_size", 1<<40))}, "out of range"},
		{"huge mel matrix", mel(1<<30, 1<<30, 100, 0, 50), "out of range"},
		{"edges of mels", mel(4, 64, 100, 0, 60), "not between"},
		{"edge of mels that is no number", mel(4, 64, 100, math.NaN(), 50), "not between"},
		{"determinant of no square", []part{x, node("Det", "x", "y")}, "square"},
		{"large determinant", []part{input("z", float32Type, 9, 9), node("Det", "z", "y")}, "more than 8 rows"},
		{"shift of floats", []part{edge("a", 1), node("BitShift", "a,a", "y", textAttribute("direction", "LEFT"))}, "whole numbers"},
		{"shift nowhere", []part{scalar("a", 1), node("BitShift", "a,a", "y")}, `"direction" is ""`},
		{"huge shift", []part{scalar("s", 1<<40), scalar("v", 1), node("Expand", "v,s", "a"), node("BitwiseAnd", "a,a", "y")}, "y"},
		{"bits of another width", []part{edge("a", 1), node("BitCast", "a", "y", intAttribute("to", int64(int64Type)))}, "same width"},
		{"rounding mode", []part{edge("a", 1), node("Cast", "a", "y", intAttribute("to", int64(onnxio.Float8E8M0)), textAttribute("round_mode", "away"))}, `"round_mode" is "away"`},
		{"scales", []part{x, initializer("s", float32Type, []int64{2}, 1, 2), node("QuantizeLinear", "x,s", "y")}, "has 2 elements, expected 3"},
		{"blocks", []part{x, initializer("s", float32Type, []int64{2, 2}, 1, 2, 3, 4), node("QuantizeLinear", "x,s", "y", intAttribute("block_size", 3))}, "in blocks of 3"},
		{"n-grams of text", []part{input("n", int64Type, 3), node("TfIdfVectorizer", "n", "y", intsAttribute("ngram_indexes", 0))}, "text is not supported"},
		{"n-grams that are too few", []part{input("n", int64Type, 3), node("TfIdfVectorizer", "n", "y", intsAttribute("ngram_indexes", 0),
			intsAttribute("pool_int64s", 1, 2), intsAttribute("ngram_counts", 0))}, "fewer than there are"},
		{"n-grams that end early", []part{input("n", int64Type, 3), node("TfIdfVectorizer", "n", "y", intsAttribute("ngram_indexes", 0),
			intsAttribute("pool_int64s", 1, 2), intsAttribute("ngram_counts", 0, 1, 9))}, "does not fit the 2 elements"},
		{"no blocks", []part{x, initializer("s", float32Type, []int64{2, 3}, 1, 2, 3, 4, 5, 6), node("DequantizeLinear", "x,s", "y")}, "in blocks of 0"},
		{"endless blocks", []part{x, initializer("s", float32Type, []int64{2, 2}, 1, 2, 3, 4), node("QuantizeLinear", "x,s", "y", intAttribute("block_size", math.MaxInt64))}, "in blocks of"},
		{"quantized to double", []part{x, edge("s", 1), node("QuantizeLinear", "x,s", "y", intAttribute("output_dtype", int64(float64Type)))}, "to type DOUBLE"},
		{"unique of what a run gives", []part{x, node("Unique", "x", "y")}, "decide shapes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Import(model(t, 26, append(c.parts, output("y"))...), Options{Outputs: []string{"y"}})
			if err == nil || !matches(err, c.err) {
				t.Errorf("error %v, want %q", err, c.err)
			}
		})
	}
}
