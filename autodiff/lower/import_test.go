package lower

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio/onnxpb"
)

func TestWeights(t *testing.T) {
	four := []int64{4}
	m := mustImport(t, model(t, 17,
		input("x", float32Type, 2, 4, 3),
		initializer("scale", float32Type, four, 1, 1, 1, 1),
		initializer("bias", float32Type, four, 0, 0, 0, 0),
		initializer("mean", float32Type, four, 1, 2, 3, 4),
		initializer("w", float32Type, []int64{3, 3}, 1, 2, 3, 4, 5, 6, 7, 8, 9),
		initializer("s", float32Type, nil, 0.1),
		initializer("sizes", float32Type, []int64{3}, 2, 4, 3),
		initializer("lost", float32Type, []int64{2, 2}, 1, 2, 3, 4),
		node("Constant", "", "table", tensorAttribute("value", numbersOf("", float32Type, []int64{1, 3}, 1, 2, 3))),
		node("Constant", "", "ones", tensorAttribute("value", numbersOf("", float32Type, []int64{3}, 1, 1, 1))),
		node("Identity", "scale", "alias"),
		// The scale is the variance too, as exporters store equal tensors once.
		node("BatchNormalization", "x,scale,bias,mean,alias", "n"),
		node("MatMul", "n,w", "m1"),
		node("MatMul", "m1,w", "m2"),
		node("Mul", "m2,table", "m3"),
		node("Mul", "m3,ones", "m4"),
		node("Mul", "m4,s", "m5"),
		node("Cast", "sizes", "shape", intAttribute("to", int64(int64Type))),
		node("Reshape", "m5,shape", "y"),
		output("y"),
	), Options{})
	var got []string
	for _, w := range m.Weights {
		s := w.Name + " used by " + strings.Join(w.Uses, " ")
		if len(w.Aliases) > 0 {
			s += ", also " + strings.Join(w.Aliases, " ")
		}
		if w.Kinds == Statistic {
			s += ", " + w.Reason
		}
		got = append(got, s)
	}
	want := []string{
		"scale used by n",
		"alias used by n, running variance of BatchNormalization",
		"bias used by n",
		"mean used by n, running mean of BatchNormalization",
		"w used by m1 m2",
		"table used by m3",
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	// No derivative goes to a mean or variance.
	for _, w := range m.Weights {
		reached := autodiff.Reaches(m.Outputs[0].Node, []*autodiff.Node{w.Node})[0]
		if want := w.Kinds != Statistic; reached != want {
			t.Errorf("a derivative reaches %s: %v, want %v", w.Name, reached, want)
		}
	}
	var unused []string
	for _, u := range m.Unused {
		unused = append(unused, u.Name)
	}
	if want := []string{"lost"}; !slices.Equal(unused, want) {
		t.Errorf("unused %v, want %v", unused, want)
	}
	// s has no axes and sizes only decides a shape: both are constants.
	var constants []string
	for _, c := range m.Constants {
		constants = append(constants, c.Name)
	}
	if want := []string{"s", "sizes"}; !slices.Equal(constants, want) {
		t.Errorf("constants %v, want %v", constants, want)
	}
}

// TestConstantWeights: a file without float initializers has its parameters in Constant nodes, also those with one axis.
func TestConstantWeights(t *testing.T) {
	m := mustImport(t, model(t, 17,
		input("x", float32Type, 2, 2),
		node("Constant", "", "w", tensorAttribute("value", numbersOf("", float32Type, []int64{2, 2}, 1, 2, 3, 4))),
		node("Constant", "", "b", tensorAttribute("value", numbersOf("", float32Type, []int64{2}, 1, 2))),
		node("Gemm", "x,w,b", "y"), output("y"),
	), Options{})
	if len(m.Weights) != 2 || m.Weights[0].Name != "w" || m.Weights[1].Name != "b" {
		t.Errorf("weights %v", m.Weights)
	}
}

// TestOutputIsInput: a graph without operations, and one whose output is also an input.
func TestOutputIsInput(t *testing.T) {
	m := mustImport(t, model(t, 17, input("x", float32Type, 3), output("x")), Options{})
	if m.Outputs[0].Node != m.Inputs[0].Node {
		t.Error("the output is not the input")
	}
	m = mustImport(t, model(t, 17, input("x", float32Type, 3), node("Relu", "x", "y"), output("x"), output("y")), Options{Outputs: []string{"y", "x"}})
	if got := evaluate(t, m, map[string][]float64{"x": {-1, 0, 2}}, m.Outputs[0].Node, m.Outputs[1].Node); got[0][2] != 2 || got[0][0] != 0 || got[1][0] != -1 {
		t.Errorf("got %v", got)
	}
}

func TestUnsupported(t *testing.T) {
	branch := &onnxpb.GraphProto{Node: []*onnxpb.NodeProto{nodeOf("Wonder", "x", "b")}, Output: []*onnxpb.ValueInfoProto{info("b", float32Type)}}
	m := model(t, 17, input("x", float32Type, 2), input("c", boolType),
		function("F", []string{"a"}, []string{"b"}, nil, nodeOf("Marvel", "a", "b")),
		node("Wonder", "x", "w1"), node("Wonder", "w1", "w2"), node("local:F", "w2", "w3"), node("Swish", "w3", "w4"),
		node("com.example:Relu", "w4", "w5"),
		node("If", "c", "i", graphAttribute("then_branch", branch), graphAttribute("else_branch", branch)),
		node("Add", "w5,i", "y"), output("y"))
	list, err := Unsupported(m)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, u := range list {
		got = append(got, u.String())
	}
	want := []string{
		`Marvel (opset 17, node "w3")`,
		`Swish (opset 17, node "w4")`,
		`Wonder (opset 17, 4 nodes, first "w1")`,
		`com.example:Relu (opset 1, node "w5")`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	_, err = Import(m, Options{})
	var all *UnsupportedError
	if !errors.As(err, &all) || len(all.Operators) != len(list) || len(all.Operators[2].Nodes) != 4 {
		t.Errorf("Import gives %v, want all of %s", err, strings.Join(want, ", "))
	}
	// Inside a branch that is taken and inside a loop, all are still listed, and those of the other branch with them.
	inner := &onnxpb.GraphProto{Node: []*onnxpb.NodeProto{nodeOf("Marvel", "x", "b")}, Output: []*onnxpb.ValueInfoProto{info("b", float32Type)}}
	_, err = Import(model(t, 17, input("x", float32Type, 2), whole64("n", 2), truth("c", 1),
		node("Loop", "n,,x", "l", graphAttribute("body", subgraphOf("k,go,v", "go,i",
			nodeOf("If", "c", "i", graphAttribute("then_branch", branch), graphAttribute("else_branch", inner))))),
		node("Relu", "l", "y"), output("y")), Options{})
	if want := `unsupported operators: Marvel (opset 17, node "b"), Wonder (opset 17, node "b")`; err == nil || err.Error() != want {
		t.Errorf("Import gives %v, want %s", err, want)
	}
	if list, err := Unsupported(model(t, 17, input("x", float32Type, 2), node("Relu", "x", "y"), output("y"))); err != nil || len(list) > 0 {
		t.Errorf("a supported model gives %v, %v", list, err)
	}
}

func TestSparseInitializer(t *testing.T) {
	for _, c := range []struct {
		dims    []int64
		indices *onnxpb.TensorProto
		err     string
	}{
		{[]int64{2, 3}, numbersOf("", int64Type, []int64{2}, 1, 5), ""},
		{[]int64{2, 3}, numbersOf("", int64Type, []int64{2, 2}, 0, 1, 1, 2), ""},
		{[]int64{2, 3}, numbersOf("", int64Type, []int64{2}, 1, 6), "an index outside"},
		{[]int64{2, 3}, numbersOf("", int64Type, []int64{1}, 1), "2 values and 1 indices"},
		{[]int64{1 << 20, 1 << 20}, numbersOf("", int64Type, []int64{2}, 1, 5), "more than"},
	} {
		m := model(t, 17, input("x", float32Type, 2, 3), node("Add", "x,w", "y"), output("y"), func(m *onnxpb.ModelProto) {
			m.Graph.SparseInitializer = append(m.Graph.SparseInitializer, &onnxpb.SparseTensorProto{
				Dims: c.dims, Values: numbersOf("w", float32Type, []int64{2}, 7, 8), Indices: c.indices,
			})
		})
		lowered, err := Import(m, Options{})
		if !matches(err, c.err) {
			t.Errorf("error %v, want %q", err, c.err)
		}
		if err != nil {
			continue
		}
		if got := evaluate(t, lowered, map[string][]float64{"x": make([]float64, 6)}, lowered.Outputs[0].Node)[0]; !slices.Equal(got, []float64{0, 7, 0, 0, 0, 8}) {
			t.Errorf("got %v", got)
		}
	}
}

// TestLoad: the file stays open for its values, and the error of one that cannot be lowered names it.
func TestLoad(t *testing.T) {
	m, err := Load("../../testdata/reference/mlp/model.onnx", Options{Batch: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer m.File.Close()
	if values, err := m.Values(); err != nil || len(values) != len(m.Weights) || m.Inputs[0].Shape[0] != 2 {
		t.Errorf("%d values of %d weights, input %v, %v", len(values), len(m.Weights), m.Inputs[0].Shape, err)
	}
	path := filepath.Join(t.TempDir(), "wonder.onnx")
	data, err := proto.Marshal(model(t, 17, input("x", float32Type, 2), node("Wonder", "x", "y"), output("y")).Proto)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	var unsupported *UnsupportedError
	if _, err := Load(path, Options{}); !errors.As(err, &unsupported) || !strings.HasPrefix(err.Error(), path+": ") {
		t.Errorf("error %v", err)
	}
	if _, err := Load(filepath.Dir(path), Options{}); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a folder: error %v", err)
	}
}
