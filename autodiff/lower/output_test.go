package lower

import (
	"errors"
	"strings"
	"testing"

	"onnx-metainit/onnxio/onnxpb"
)

func declared(name string, dt DataType, dims ...any) part {
	return func(m *onnxpb.ModelProto) { m.Graph.Output = append(m.Graph.Output, info(name, dt, dims...)) }
}

func TestOutputs(t *testing.T) {
	parts := []part{
		input("x", float32Type, 2, 3),
		node("ArgMax", "x", "index", intAttribute("axis", 1)),
		node("Relu", "x", "y"),
		node("Wonder", "x", "z"),
		initializer("w", float32Type, []int64{3}, 1, 2, 3), truth("go", 1),
		node("If", "go", "branched", graphAttribute("then_branch", subgraphOf("", "s", nodeOf("Mul", "x,w", "r"), nodeOf("Relu", "r", "s"))),
			graphAttribute("else_branch", subgraphOf("", "s", nodeOf("Relu", "x", "s")))),
		declared("index", int64Type, 2, 1), declared("y", float32Type, 2, 3), declared("z", float32Type),
	}
	m := mustImport(t, model(t, 17, parts...), Options{})
	if len(m.Outputs) != 1 || m.Outputs[0].Name != "y" {
		t.Errorf("the wanted outputs are %v, want the first of a float type", m.Outputs)
	}
	if len(m.Others) != 2 || m.Others[1].DataType != int64Type || m.Others[1].Node == nil {
		t.Errorf("the other outputs are %v", m.Others)
	}
	var unsupported *UnsupportedError
	if !errors.As(m.Others[0].Err, &unsupported) || m.Others[0].Node != nil {
		t.Errorf("output z gives %v", m.Others[0].Err)
	}
	m = mustImport(t, model(t, 17, parts...), Options{Outputs: []string{"index", "y"}})
	if len(m.Outputs) != 2 || m.Outputs[0].Name != "index" || len(m.Others) != 1 {
		t.Errorf("wanting index and y gives %v and %v", m.Outputs, m.Others)
	}
	for _, c := range []struct {
		names, err string
	}{
		{"z", "unsupported operator: Wonder"},
		{"y z", "unsupported operator: Wonder"},
		{"q", "(index, y, z), nor another tensor that a node of its graph makes"},
		{"inde", "; tensors with such a name are index"},
		{"y y", `"y" is named twice`},
		{"x", `nor another tensor that a node of its graph makes: it is an input`},
		{"w", `: it is a stored tensor`},
		{"r", `: it is inside If (node "branched"), whose results can be named: branched`},
	} {
		if _, err := Import(model(t, 17, parts...), Options{Outputs: strings.Fields(c.names)}); !matches(err, c.err) {
			t.Errorf("wanting %s gives %v", c.names, err)
		}
	}
}

// TestDefaultOutput: of several outputs that is taken which weights reach.
func TestDefaultOutput(t *testing.T) {
	weights := []part{
		input("x", float32Type, 2, 3),
		initializer("w", float32Type, []int64{3, 3}, 1, 2, 3, 4, 5, 6, 7, 8, 9),
		initializer("version", float32Type, []int64{1}, 3),
		initializer("table", float32Type, []int64{1, 2}, 3, 4),
		initializer("gain", float32Type, []int64{3}, 1, 2, 3),
		node("MatMul", "x,w", "y"),
	}
	for _, c := range []struct {
		name  string
		parts []part
		want  string
	}{
		{"a constant", []part{node("Identity", "version", "v"), output("v"), output("y")}, "y"},
		{"a computed constant", []part{node("Neg", "table", "v"), output("v"), output("y")}, "y"},
		{"an initializer", []part{output("table"), output("y")}, "y"},
		{"an input", []part{output("x"), output("y")}, "y"},
		{"what is made of an input", []part{node("Tanh", "x", "t"), output("t"), output("y")}, "y"},
		{"an input that is scaled", []part{node("Mul", "x,gain", "t"), output("t"), output("y")}, "y"},
		{"what has no derivative", []part{node("Floor", "y", "f"), output("f"), output("y")}, "y"},
		{"whole numbers of no known type", []part{node("ArgMax", "y", "i"), output("i"), output("y")}, "y"},
		{"what cannot be lowered", []part{node("Wonder", "y", "u"), output("u"), output("y")}, "y"},
		{"one axis, where there are no weights with more", []part{node("Mul", "x,gain", "t"), output("x"), output("t")}, "t"},
		{"nothing that weights reach", []part{node("Floor", "y", "f"), output("version"), output("f")}, "f"},
		{"both", []part{node("Tanh", "y", "z"), output("z"), output("y")}, "z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := mustImport(t, model(t, 17, append(c.parts, weights...)...), Options{})
			if got := m.Outputs[0].Name; got != c.want {
				t.Errorf("%s is taken, want %s", got, c.want)
			}
			if passed := len(m.Passed) == 1; passed != (c.name == "what cannot be lowered") {
				t.Errorf("passed over: %v", m.Passed)
			}
		})
	}
}

// TestTensorsAsOutputs: any tensor of the graph can be wanted, and what comes behind it need not be known or supported.
func TestTensorsAsOutputs(t *testing.T) {
	parts := []part{
		input("x", float32Type, 2, 3),
		initializer("w", float32Type, []int64{3, 3}, 1, 2, 3, 4, 5, 6, 7, 8, 9),
		function("F", []string{"a"}, []string{"b"}, nil, nodeOf("Tanh", "a", "inner"), nodeOf("Neg", "inner", "b")),
		node("MatMul", "x,w", "y"),
		node("local:F", "y", "z"),
		node("NonZero", "z", "n"),
		output("n"),
	}
	for _, name := range []string{"y", "z", "z#1/inner"} {
		if m := mustImport(t, model(t, 17, parts...), Options{Outputs: []string{name}}); m.Outputs[0].Name != name || len(m.Others) != 1 || m.Others[0].Err == nil {
			t.Errorf("%s: outputs %v, others %v", name, m.Outputs, m.Others)
		}
	}
	for _, name := range []string{"x", "w"} {
		if _, err := Import(model(t, 17, parts...), Options{Outputs: []string{name}}); !matches(err, "is not one of the model's (n)") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	_, err := Import(model(t, 17, parts...), Options{})
	if !errors.Is(err, ErrUnknown) || !matches(err, "the loss can be taken of what comes before: Outputs z") {
		t.Errorf("got %v", err)
	}
}

// TestBefore: the tensor that is advised is the last one that all weights go through, or there are several.
func TestBefore(t *testing.T) {
	sequence := make([]float64, 24)
	for i := range sequence {
		sequence[i] = float64(i)
	}
	weights := []part{
		input("x", float32Type, 4, 4),
		initializer("w", float32Type, []int64{4, 6}, sequence...),
		initializer("u", float32Type, []int64{4, 2}, sequence[:8]...),
		initializer("zero", int64Type, []int64{1}, 0), initializer("four", int64Type, []int64{1}, 4),
		initializer("six", int64Type, []int64{1}, 6), initializer("one", int64Type, []int64{1}, 1),
		node("Unsqueeze", "boxes,zero", "boxes3"),
		node("Transpose", "scores", "turned"),
		node("Unsqueeze", "turned,zero", "scores3"),
		node("NonMaxSuppression", "boxes3,scores3,four", "chosen"),
		node("Cast", "chosen", "c", intAttribute("to", int64(float32Type))),
		node("ReduceMean", "boxes", "b"), node("ReduceMean", "scores", "s"),
		node("Sum", "c,b,s", "y"),
		output("y"),
	}
	for _, c := range []struct {
		name  string
		parts []part
		want  string
	}{
		{"one head", []part{node("MatMul", "x,w", "raw"), node("Slice", "raw,zero,four,one", "boxes"), node("Slice", "raw,four,six,one", "scores")},
			"Outputs raw"},
		{"two heads", []part{node("MatMul", "x,w", "raw"), node("Slice", "raw,zero,four,one", "boxes"), node("MatMul", "boxes,u", "scores")},
			"Outputs boxes3 Outputs scores3"},
	} {
		_, err := Import(model(t, 17, append(c.parts, weights...)...), Options{})
		if !matches(err, "NonMaxSuppression") || !strings.HasSuffix(err.Error(), ": "+c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
}
