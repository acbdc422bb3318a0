package lower

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio/onnxpb"
)

func TestFunctions(t *testing.T) {
	x := input("x", float32Type, 3)
	leaky := function("Leaky", []string{"a", "b"}, []string{"y", "unused"}, []string{"slope"},
		nodeOf("LeakyRelu", "a", "t", refAttribute("alpha", "slope", onnxpb.AttributeProto_FLOAT)),
		nodeOf("Add", "t,b", "y"), nodeOf("Neg", "a", "unused"))
	for _, c := range []struct {
		name  string
		parts []part
		want  []float64
	}{
		{"attribute", []part{leaky, node("local:Leaky", "x,x", "y", floatAttribute("slope", 0.5))}, []float64{-3, 0, 4}},
		{"attribute left out", []part{leaky, node("local:Leaky", "x,x", "y")}, []float64{-2.02, 0, 4}},
		{"attribute with a default", []part{leaky, node("local:Leaky", "x,x", "y"), func(m *onnxpb.ModelProto) {
			m.Functions[0].AttributeProto = append(m.Functions[0].AttributeProto, floatAttribute("slope", 0.25))
		}}, []float64{-2.5, 0, 4}},
		{"called twice", []part{leaky, node("local:Leaky", "x,x", "h"), node("local:Leaky", "h,x", "y")}, []float64{-2.0202 - 2 + 2, 0, 6}},
		{"both results", []part{leaky, node("local:Leaky", "x,x", "h,n"), node("Add", "h,n", "y")}, []float64{-0.02, 0, 2}},
		{"nested, attribute handed on", []part{leaky,
			function("Outer", []string{"a"}, []string{"y"}, []string{"s"},
				nodeOf("local:Leaky", "a,a", "t", refAttribute("slope", "s", onnxpb.AttributeProto_FLOAT)), nodeOf("Neg", "t", "y")),
			node("local:Outer", "x", "y", floatAttribute("s", 0.5))}, []float64{3, 0, -4}},
		{"constant inside", []part{
			function("Plus", []string{"a"}, []string{"y"}, []string{"n"},
				nodeOf("Constant", "", "c", refAttribute("value_float", "n", onnxpb.AttributeProto_FLOAT)), nodeOf("Add", "a,c", "y")),
			node("local:Plus", "x", "h", floatAttribute("n", 2)), node("local:Plus", "h", "y", floatAttribute("n", 5))}, []float64{5, 7, 9}},
		{"input left out", []part{
			function("Bound", []string{"a", "lo", "hi"}, []string{"y"}, nil, nodeOf("Clip", "a,lo,hi", "y")),
			initializer("one", float32Type, nil, 1),
			node("local:Bound", "x,,one", "y")}, []float64{-2, 0, 1}},
		{"input passed through", []part{
			function("Same", []string{"a"}, []string{"a"}, nil),
			node("local:Same", "x", "y"), node("Relu", "x", "r")}, []float64{-2, 0, 2}},
		{"names of the function in the graph", []part{leaky, node("Neg", "x", "t"), node("local:Leaky", "t,x", "y", floatAttribute("slope", 0))}, []float64{0, 0, 2}},
		{"branch inside a function", []part{
			function("Choose", []string{"a", "c"}, []string{"y"}, nil,
				nodeOf("Neg", "a", "n"),
				nodeOf("If", "c", "y",
					graphAttribute("then_branch", branch("o", nodeOf("Add", "n,n", "o"))),
					graphAttribute("else_branch", branch("o", nodeOf("Add", "n,a", "o"))))),
			initializer("yes", int64Type, nil, 1), node("Cast", "yes", "c", intAttribute("to", int64(boolType))),
			node("local:Choose", "x,c", "y")}, []float64{4, 0, -4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := mustImport(t, model(t, 17, append(c.parts, x, output("y"))...), Options{})
			got := evaluate(t, m, map[string][]float64{"x": {-2, 0, 2}}, m.Outputs[0].Node)[0]
			if d := difference(got, c.want); !(d < 1e-12) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// branch is a subgraph without inputs.
func branch(output string, nodes ...*onnxpb.NodeProto) *onnxpb.GraphProto {
	return &onnxpb.GraphProto{Name: proto.String("branch"), Node: nodes, Output: []*onnxpb.ValueInfoProto{info(output, float32Type)}}
}

func TestIf(t *testing.T) {
	// The condition is known because shapes are: it asks for two axes.
	parts := []part{
		initializer("two", int64Type, nil, 2),
		node("Shape", "x", "shape"), node("Size", "shape", "rank"), node("Equal", "rank,two", "flat"),
		node("Neg", "x", "n"),
		node("If", "flat", "h",
			graphAttribute("then_branch", branch("o", nodeOf("Identity", "n", "o"))),
			graphAttribute("else_branch", branch("o", nodeOf("If", "flat", "o",
				graphAttribute("then_branch", branch("p", nodeOf("Wonder", "x", "p"))),
				graphAttribute("else_branch", branch("n")))))),
		node("Add", "h,x", "y"), output("y"),
	}
	for _, dims := range [][]any{{1, 3}, {3}} {
		m := mustImport(t, model(t, 17, append(parts, input("x", float32Type, dims...))...), Options{})
		if got := evaluate(t, m, map[string][]float64{"x": {1, 2, 3}}, m.Outputs[0].Node)[0]; !slices.Equal(got, []float64{0, 0, 0}) {
			t.Errorf("%v: got %v", dims, got)
		}
	}
	free := []part{input("x", float32Type, 3), input("c", boolType), node("If", "c", "y",
		graphAttribute("then_branch", branch("x")), graphAttribute("else_branch", branch("x"))), output("y")}
	if _, err := Import(model(t, 17, free...), Options{}); !matches(err, `node "y": If (opset 17) of FLOAT`) && !matches(err, `depend on input "c"`) {
		t.Errorf("a condition that is not known gives %v", err)
	}
}
