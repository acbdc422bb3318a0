package lower

import (
	"math"
	"testing"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio/onnxpb"
)

// TestPlaces: wherever a weight is, it is found once, and scaling it changes y = xx·w, or xx·w·w, as it should.
func TestPlaces(t *testing.T) {
	dims, w := []int64{2, 2}, []float64{0.5, -1, 2, 0.25}
	stored := initializer("w", float32Type, dims, w...)
	value := func() *onnxpb.AttributeProto { return tensorAttribute("value", numbersOf("", float32Type, dims, w...)) }
	constant := func(name string) *onnxpb.NodeProto { return nodeOf("Constant", "", name, value()) }
	product := node("MatMul", "xx,w", "y")
	inBranch := func(g *onnxpb.GraphProto) *onnxpb.GraphProto {
		g.Initializer = append(g.Initializer, numbersOf("w", float32Type, dims, w...))
		return g
	}
	ints := func(name string, v ...float64) part {
		return initializer(name, int64Type, []int64{int64(len(v))}, v...)
	}
	for _, c := range []struct {
		name    string
		parts   []part
		factors int // how often y has w as a factor
		weights int
	}{
		{"initializer", []part{stored, product}, 1, 1},
		{"initializer that is an input too", []part{input("w", float32Type, 2, 2), stored, product}, 1, 1},
		{"one initializer twice", []part{stored, node("MatMul", "xx,w", "h"), node("MatMul", "h,w", "y")}, 2, 1},
		{"two equal initializers", []part{stored, initializer("v", float32Type, dims, w...), node("MatMul", "xx,w", "h"), node("MatMul", "h,v", "y")}, 2, 2},
		{"Constant", []part{func(m *onnxpb.ModelProto) { m.Graph.Node = append(m.Graph.Node, constant("w")) }, product}, 1, 1},
		{"initializer of a branch", []part{truth("c", 1), node("If", "c", "y",
			graphAttribute("then_branch", inBranch(branch("o", nodeOf("MatMul", "xx,w", "o")))), graphAttribute("else_branch", branch("xx")))}, 1, 1},
		{"captured by a branch", []part{stored, truth("c", 0), node("If", "c", "y",
			graphAttribute("then_branch", branch("xx")), graphAttribute("else_branch", branch("o", nodeOf("MatMul", "xx,w", "o"))))}, 1, 1},
		{"Constant in a loop", []part{whole64("n", 2), node("Loop", "n,,xx", "y",
			graphAttribute("body", subgraphOf("k,go,v", "go,o", constant("w"), nodeOf("MatMul", "v,w", "o"))))}, 2, 1},
		{"carried by a loop", []part{stored, whole64("n", 2), node("Loop", "n,,w,xx", "z,y",
			graphAttribute("body", subgraphOf("k,go,u,v", "go,u,o", nodeOf("MatMul", "v,u", "o"))))}, 2, 1},
		{"scanned", []part{initializer("w", float32Type, []int64{2, 2, 2}, append(w, w...)...), node("Scan", "xx,w", "y", intAttribute("num_scan_inputs", 1),
			graphAttribute("body", subgraphOf("v,u", "o", nodeOf("MatMul", "v,u", "o"))))}, 2, 1},
		{"Constant in a function that is called twice", []part{function("F", []string{"a"}, []string{"b"}, nil, constant("w"), nodeOf("MatMul", "a,w", "b")),
			node("local:F", "xx", "h"), node("local:F", "h", "y")}, 2, 1},
		{"given to a function", []part{stored, function("F", []string{"a", "u"}, []string{"b"}, nil, nodeOf("MatMul", "a,u", "b")),
			node("local:F", "xx,w", "h"), node("local:F", "h,w", "y")}, 2, 1},
		{"attribute of a function", []part{function("F", []string{"a"}, []string{"b"}, []string{"t"},
			nodeOf("Constant", "", "u", refAttribute("value", "t", onnxpb.AttributeProto_TENSOR)), nodeOf("MatMul", "a,u", "b")),
			node("local:F", "xx", "y", tensorAttribute("t", numbersOf("", float32Type, dims, w...)))}, 1, 1},
		{"default of an attribute of a function", []part{function("F", []string{"a"}, []string{"b"}, nil,
			nodeOf("Constant", "", "u", refAttribute("value", "t", onnxpb.AttributeProto_TENSOR)), nodeOf("MatMul", "a,u", "b")),
			func(m *onnxpb.ModelProto) {
				a := value()
				a.Name = proto.String("t")
				m.Functions[0].AttributeProto = append(m.Functions[0].AttributeProto, a)
			}, node("local:F", "xx", "h"), node("local:F", "h", "y")}, 2, 1},
		{"Identity", []part{stored, node("Identity", "w", "u"), node("Identity", "u", "v"), node("MatMul", "xx,v", "y")}, 1, 1},
		{"Transpose", []part{initializer("u", float32Type, dims, w[0], w[2], w[1], w[3]), node("Transpose", "u", "w"), product}, 1, 1},
		{"Reshape", []part{initializer("u", float32Type, []int64{4}, w...), ints("s", 2, -1), node("Reshape", "u,s", "w"), product}, 1, 1},
		{"Cast", []part{initializer("u", float32Type, dims, w...), node("Cast", "u", "d", intAttribute("to", 11)), node("Cast", "d", "w", intAttribute("to", 1)), product}, 1, 1},
		{"Concat", []part{initializer("u", float32Type, []int64{1, 2}, w[:2]...), initializer("v", float32Type, []int64{1, 2}, w[2:]...),
			node("Concat", "u,v", "w", intAttribute("axis", 0)), product}, 1, 2},
		{"Slice", []part{initializer("u", float32Type, []int64{3, 2}, append([]float64{7, 8}, w...)...), ints("a", 1), ints("b", 3), node("Slice", "u,a,b", "w"), product}, 1, 1},
		{"Split", []part{initializer("u", float32Type, []int64{2, 4}, w[0], w[1], 7, 8, w[2], w[3], 9, 9), node("Split", "u", "w,rest", intAttribute("axis", 1)), product}, 1, 1},
		{"Unsqueeze and Squeeze", []part{stored, ints("a", 1), node("Unsqueeze", "w,a", "u"), node("Squeeze", "u,a", "v"), node("MatMul", "xx,v", "y")}, 1, 1},
		{"Gather", []part{initializer("u", float32Type, []int64{2, 2, 2}, append([]float64{7, 8, 9, 9}, w...)...), whole64("i", 1), node("Gather", "u,i", "w"), product}, 1, 1},
		{"sequence", []part{stored, node("SequenceConstruct", "w,w", "s"), whole64("i", 1), node("SequenceAt", "s,i", "v"), node("MatMul", "xx,v", "y")}, 1, 1},
		{"optional", []part{stored, node("Optional", "w", "s"), node("OptionalGetElement", "s", "v"), node("MatMul", "xx,v", "y")}, 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := mustImport(t, model(t, 17, append(c.parts, input("xx", float32Type, 3, 2), output("y"))...), Options{})
			if len(m.Weights) != c.weights {
				t.Fatalf("%d weights, want %d", len(m.Weights), c.weights)
			}
			// Σ w ∂y/∂w is y, once for each factor.
			sum := autodiff.Sum(m.Outputs[0].Node, 0, 1)
			scaling := m.Graph.Scalar(0)
			nodes := make([]*autodiff.Node, len(m.Weights))
			for i, w := range m.Weights {
				nodes[i] = w.Node
			}
			for i, dw := range autodiff.Grad(sum, nodes) {
				axes := count(0, dw.Rank())
				scaling = autodiff.Add(scaling, autodiff.Sum(autodiff.Mul(nodes[i], dw), axes...))
			}
			got := evaluate(t, m, map[string][]float64{"xx": {1, 2, 3, 4, 5, 6}}, m.Outputs[0].Node, scaling)
			want := []float64{4.5, -0.5, 9.5, -2, 14.5, -3.5}
			if c.factors == 2 {
				want = []float64{1.25, -4.625, 0.75, -10, 0.25, -15.375}
			}
			total := 0.0
			for _, v := range want {
				total += v
			}
			if d := difference(got[0], want); d > 1e-12 {
				t.Errorf("y is %v, want %v", got[0], want)
			}
			if d := math.Abs(got[1][0] - float64(c.factors)*total); !(d < 1e-9) {
				t.Errorf("scaling changes Σ y by %v, want %v", got[1][0], float64(c.factors)*total)
			}
		})
	}
}
