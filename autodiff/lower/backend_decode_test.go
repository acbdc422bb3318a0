package lower

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/owulveryck/onnx-go"
	"gorgonia.org/tensor"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

// TestBackendModels computes the outputs of testdata's models by a Backend: all of them by Decode, and those that onnx-go's
// own decoder reads by that.
func TestBackendModels(t *testing.T) {
	var paths []string
	for _, folder := range []string{"models", "exports", "reference"} {
		more, err := filepath.Glob("../../testdata/" + folder + "/*/model.onnx")
		if err != nil || len(more) == 0 {
			t.Fatalf("no models in testdata/%s (%v)", folder, err)
		}
		paths = append(paths, more...)
	}
	direct := 0
	for _, path := range paths {
		file, err := onnxio.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { file.Close() })
		b := new(Backend)
		m, err := b.Decode(file)
		if err == nil {
			err = runModel(t, file, b, m)
		}
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if runDecodedByOnnxGo(t, file) == nil {
			direct++
		}
	}
	t.Logf("%d of %d models by onnx-go's decoder", direct, len(paths))
	if direct < 54 {
		t.Errorf("%d models run by onnx-go's decoder, expected 54", direct)
	}
}

// runModel runs a model of testdata on its inputs and compares the output that is stored with it.
func runModel(t *testing.T, file *onnxio.Model, b *Backend, m *onnx.Model) error {
	for i, in := range file.Inputs() {
		path := filepath.Join(file.Dir, strings.NewReplacer("/", "_", ":", "_").Replace(in.GetName())+".npy")
		if _, err := os.Stat(path); err != nil {
			path = filepath.Join(file.Dir, "input.npy") // of the one input of a reference, whatever its name
		}
		data, shape := readNPY(t, path)
		if err := m.SetInput(i, dense(DataType(in.GetType().GetTensorType().GetElemType()), shape, data)); err != nil {
			return err
		}
	}
	if err := b.Run(); err != nil {
		return err
	}
	outputs, err := m.GetOutputTensors()
	if err != nil {
		return err
	}
	want, shape := readNPY(t, filepath.Join(file.Dir, "output.npy"))
	for _, out := range outputs { // of several, the stored one is among them
		if d := difference(elements(out.Data()), want); slices.Equal([]int(out.Shape()), shape) && d < 1e-4 {
			return nil
		}
	}
	return fmt.Errorf("none of %d outputs is the one stored", len(outputs))
}

func runDecodedByOnnxGo(t *testing.T, file *onnxio.Model) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r) // of onnx-go's decoder
		}
	}()
	data, err := os.ReadFile(file.Path)
	if err != nil {
		t.Fatal(err)
	}
	b := &Backend{Opset: int(file.Proto.GetOpsetImport()[0].GetVersion())}
	m := onnx.NewModel(b)
	if err := m.UnmarshalBinary(data); err != nil {
		return err
	}
	return runModel(t, file, b, m)
}

// decodeParts has a Backend decode a model made of parts.
func decodeParts(t *testing.T, parts ...part) (*Backend, *onnx.Model) {
	t.Helper()
	b := new(Backend)
	m, err := b.Decode(model(t, 17, parts...))
	if err != nil {
		t.Fatal(err)
	}
	return b, m
}

// TestBackendOutputs has outputs that are scalars, inputs, stored tensors and of types that Gorgonia lacks.
func TestBackendOutputs(t *testing.T) {
	half := onnxio.Float16
	keep, all := intAttribute("keepdims", 0), intsAttribute("axes", 0)
	w := initializer("w", float32Type, []int64{2}, 5, 6)
	for _, c := range []struct {
		name  string
		parts []part
		want  any
	}{
		{"scalar", []part{input("x", float32Type, 2), node("ReduceMean", "x", "y", keep, all), output("y")}, float32(3.5)},
		{"scalar of a declared shape", []part{input("x", float32Type, 2), node("ReduceMean", "x", "y", keep, all),
			func(m *onnxpb.ModelProto) { m.Graph.Output = append(m.Graph.Output, info("y", float32Type)) }}, float32(3.5)},
		{"scalar of whole numbers", []part{input("x", float32Type, 2), node("Size", "x", "y"), output("y")}, int64(2)},
		{"truth value", []part{input("x", float32Type, 2), node("ReduceMax", "x", "m", keep), node("Less", "m,c", "y"),
			initializer("c", float32Type, nil, 5), output("y")}, true},
		{"input", []part{input("x", float32Type, 2), node("Neg", "x", "n"), output("x")}, []float32{3, 4}},
		{"input of a graph without nodes", []part{input("x", float32Type, 2), output("x")}, []float32{3, 4}},
		{"stored", []part{input("x", float32Type, 2), node("Neg", "x", "n"), w, output("w")}, []float32{5, 6}},
		{"weight", []part{input("x", float32Type, 2), node("Mul", "x,w", "y"), w, output("y")}, []float32{15, 24}},
		{"half", []part{input("x", half, 2), node("Neg", "x", "y"), output("y")}, []float32{-3, -4}},
		{"double", []part{input("x", float32Type, 2), node("Cast", "x", "y", intAttribute("to", int64(float64Type))), output("y")}, []float64{3, 4}},
	} {
		b, m := decodeParts(t, c.parts...)
		for _, data := range [][]float32{{7, 8}, {3, 4}} { // the second run is the one that counts
			if err := m.SetInput(0, tensor.New(tensor.WithShape(2), tensor.WithBacking(data))); err != nil {
				t.Fatal(err)
			}
			if err := b.Run(); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
		}
		out, err := m.GetOutputTensors()
		if err != nil || out[0] == nil {
			t.Fatalf("%s: %v, %v", c.name, out, err)
		}
		if got := out[0].Data(); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %T %v, want %T %v", c.name, got, got, c.want, c.want)
		}
	}
}

// TestBackendInputs gives tensors as Gorgonia's operations leave them.
func TestBackendInputs(t *testing.T) {
	whole := func() *tensor.Dense {
		return tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]float32{1, 2, 3, 4, 5, 6}))
	}
	transposed := whole()
	if err := transposed.T(); err != nil {
		t.Fatal(err)
	}
	column, err := whole().Slice(nil, tensor.S(1))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		x    tensor.Tensor
		want []float32
		err  string
	}{
		{"whole", whole(), []float32{-1, -2, -3, -4, -5, -6}, ""},
		{"transposed", transposed, []float32{-1, -4, -2, -5, -3, -6}, ""},
		{"a column", column, []float32{-2, -5}, ""},
		{"column order", tensor.New(tensor.WithShape(2, 3), tensor.AsFortran([]float32{1, 2, 3, 4, 5, 6})), nil, `tensor "x": shape (2, 3) in column order`},
		{"text", tensor.New(tensor.WithShape(1), tensor.WithBacking([]string{"a"})), nil, `tensor "x": elements of type string`},
		{"none", nil, nil, `tensor "x" has no value`},
		{"a nil pointer", (*tensor.Dense)(nil), nil, "cannot be run"},
	} {
		b, m := decodeParts(t, input("x", float32Type, "a", "b"), node("Neg", "x", "y"), output("y"))
		if err := m.SetInput(0, c.x); err != nil {
			t.Fatal(err)
		}
		err := b.Run()
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: error %v, want one with %q", c.name, err, c.err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		out, err := m.GetOutputTensors()
		if err != nil || !slices.Equal(out[0].Data().([]float32), c.want) || !out[0].Shape().Eq(c.x.Shape()) {
			t.Errorf("%s: %v, %v; want %v", c.name, out, err, c.want)
		}
	}
}

// TestBackendMisuse calls methods as nobody should: nothing panics, and Run says what was wrong.
func TestBackendMisuse(t *testing.T) {
	foreign := new(Backend).NewNode()
	for name, misuse := range map[string]func(b *Backend){
		"AddNode":         func(b *Backend) { b.AddNode(simple{}) },
		"SetWeightedEdge": func(b *Backend) { b.SetWeightedEdge(b.NewWeightedEdge(foreign, foreign, 0)) },
	} {
		b := new(Backend)
		misuse(b)
		if err := b.Run(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: Run gives %v", name, err)
		}
	}
	b := new(Backend)
	if err := b.ApplyOperation(onnx.Operation{Name: "Neg"}, foreign); err == nil || !strings.Contains(err.Error(), "not added") {
		t.Errorf("ApplyOperation: %v", err)
	}
	if b.From(3).Len() != 0 || b.To(-1).Len() != 0 || b.HasEdgeBetween(1, 2) || b.Edge(1, 2) != nil || b.Node(5) != nil {
		t.Error("nodes that are not there have neighbours")
	}
	b, _ = decodeParts(t, input("x", float32Type, 2), node("Neg", "x", "y"), output("y"))
	if _, err := b.Decode(model(t, 17, input("x", float32Type, 2), node("Neg", "x", "y"), output("y"))); err == nil || !strings.Contains(err.Error(), "holds a model already") {
		t.Errorf("a second Decode: %v", err)
	}
	if _, err := new(Backend).Decode(nil); err == nil {
		t.Error("no file is decoded")
	}
	b, m := decodeParts(t, input("x", float32Type, 2), initializer("s", int64Type, []int64{1}, 0), node("Expand", "x,e", "y"), node("Concat", "s,s", "e", intAttribute("axis", 0)), output("y"))
	if err := m.SetInput(0, tensor.New(tensor.WithShape(1), tensor.WithBacking([]float32{1}))); err != nil {
		t.Fatal(err)
	}
	if err := b.Run(); err == nil || !strings.Contains(err.Error(), `tensor "y" of shape [0 0] has no elements`) {
		t.Errorf("a result without elements: %v", err)
	}
}

// simple is a node of another graph.
type simple struct{}

// ID returns 0.
func (simple) ID() int64 { return 0 }
