package lower

import (
	"slices"
	"testing"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
)

// TestGiven: elements that are given decide shapes through whatever is computed of them, and stay variables.
func TestGiven(t *testing.T) {
	cast := func(from, to string, dt DataType) part { return node("Cast", from, to, intAttribute("to", int64(dt))) }
	x, ten, one := input("x", float32Type, 20), initializer("ten", float32Type, []int64{1}, 10), initializer("one", int64Type, []int64{1}, 1)
	zero, w := initializer("zero", int64Type, []int64{1}, 0), initializer("w", float32Type, []int64{20}, make([]float64, 20)...)
	slice := []part{x, zero, node("Slice", "x,zero,end", "y"), output("y")}
	for _, c := range []struct {
		name  string
		parts []part
		given map[string][]float64
		want  []int
		err   string
	}{
		{"itself", append(slice, input("end", int64Type, 1)), map[string][]float64{"end": {7}}, []int{7}, ""},
		{"a sum of two inputs", append(slice, input("a", int64Type, 2, 2), input("b", int64Type, 1), node("ReduceMax", "a", "m", intAttribute("keepdims", 0)), node("Add", "m,b", "end")),
			map[string][]float64{"a": {1, 5, 3, 2}, "b": {4}}, []int{9}, ""},
		{"one of two inputs", append(slice, input("a", int64Type, 1), input("b", int64Type, 1), node("Add", "a,b", "end")),
			map[string][]float64{"a": {1}}, nil, `depend on input "b": give that input's data (Given b=…)`},
		{"a product in float32", append(slice, ten, input("a", float32Type, 1), node("Mul", "a,ten", "f"), node("Floor", "f", "i"), cast("i", "end", int64Type)),
			map[string][]float64{"a": {float64(float32(0.7))}}, []int{7}, ""},
		{"a product in float64", append(slice, ten, cast("ten", "ten64", float64Type), input("a", float64Type, 1), node("Mul", "a,ten64", "f"), node("Floor", "f", "i"), cast("i", "end", int64Type)),
			map[string][]float64{"a": {float64(float32(0.7))}}, []int{6}, ""},
		{"a matrix product", append(slice, input("a", float32Type, 1, 2), input("b", float32Type, 2, 1), node("MatMul", "a,b", "f"), node("Squeeze", "f,zero", "s"), cast("s", "end", int64Type)),
			map[string][]float64{"a": {1, 2}, "b": {4, 3}}, []int{10}, ""},
		{"with a weight", append(slice, w, node("ReduceSum", "w", "s"), input("a", float32Type, 1), node("Add", "a,s", "f"), node("Mul", "x,w", "z"), cast("f", "end", int64Type), output("z")),
			map[string][]float64{"a": {3}}, nil, `but depend on data that only a run gives (weight "w")`},
		{"more than is given", append(slice, input("a", int64Type, 1), initializer("far", int64Type, []int64{1}, 1<<26), one, node("Expand", "a,far", "e"), node("NonZero", "e", "n"),
			node("Squeeze", "n,zero", "s"), node("Slice", "s,zero,one", "end")), map[string][]float64{"a": {3}}, nil, "elements would have to be computed while building"},
		{"an index outside", append(slice, initializer("t", int64Type, []int64{2}, 5, 6), input("a", int64Type, 1), node("Gather", "t,a", "end")),
			map[string][]float64{"a": {2}}, nil, "index 2 is not a whole number from 0 to 1"},
		{"the trips of a loop", []part{x, input("n", int64Type), node("Loop", "n,,x", "y", graphAttribute("body", subgraphOf("k,go,h", "go,r", nodeOf("Tanh", "h", "r")))), output("y")},
			map[string][]float64{"n": {3}}, []int{20}, ""},
	} {
		m, err := Import(model(t, 17, c.parts...), Options{Given: c.given, Outputs: []string{"y"}})
		if !matches(err, c.err) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.err)
		}
		if err == nil && !slices.Equal(m.Outputs[0].Shape, c.want) {
			t.Errorf("%s: shape %v, want %v", c.name, m.Outputs[0].Shape, c.want)
		}
	}
}

// TestGivenStaysVariable: data that decides a shape is still data, of which derivatives can be taken.
func TestGivenStaysVariable(t *testing.T) {
	m := mustImport(t, model(t, 17, input("x", float32Type, 2, 3), node("NonZero", "x", "n"), node("Transpose", "n", "at"), node("GatherND", "x,at", "kept"), output("kept")),
		Options{Given: map[string][]float64{"x": {1, 0, 2, 0, 0, 3}}})
	in := m.Inputs[0].Node
	if in.Op() != autodiff.OpVariable || !slices.Equal(m.Outputs[0].Shape, []int{3}) {
		t.Fatalf("%v, shape %v", in, m.Outputs[0].Shape)
	}
	g := autodiff.Grad(autodiff.SumAll(m.Outputs[0].Node), []*autodiff.Node{in})
	values, err := autodiff.Evaluate(g, map[*autodiff.Node][]float64{in: {1, 0, 2, 0, 0, 3}})
	if err != nil || !slices.Equal(values[0], []float64{1, 0, 1, 0, 0, 1}) {
		t.Errorf("gradient %v, %v", values, err)
	}
}

// TestScatterOfGivenIndices: the last update of an element stays, and duplicates of known indices are distinguished.
func TestScatterOfGivenIndices(t *testing.T) {
	parts := []part{input("x", float32Type, 3), input("at", onnxio.Int32, 4), input("u", float32Type, 4), node("ScatterElements", "x,at,u", "y"), output("y")}
	m := mustImport(t, model(t, 17, parts...), Options{Given: map[string][]float64{"at": {0, 2, 0, 0}}})
	values := make(map[*autodiff.Node][]float64)
	for _, in := range m.Inputs {
		values[in.Node] = map[string][]float64{"x": {7, 8, 9}, "at": {0, 2, 0, 0}, "u": {1, 2, 3, 4}}[in.Name]
	}
	y, err := autodiff.Evaluate([]*autodiff.Node{m.Outputs[0].Node}, values)
	if err != nil || !slices.Equal(y[0], []float64{4, 8, 2}) {
		t.Errorf("%v, %v; want [4 8 2]", y, err)
	}
}
