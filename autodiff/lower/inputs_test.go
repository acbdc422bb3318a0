package lower

import (
	"slices"
	"strings"
	"testing"

	"onnx-metainit/onnxio/onnxpb"
)

func TestInputShapes(t *testing.T) {
	relu := []part{node("Relu", "x", "y"), output("y")}
	for _, c := range []struct {
		name  string
		parts []part
		opt   Options
		want  []int
		err   string
	}{
		{"fixed", []part{input("x", float32Type, 2, 3)}, Options{}, []int{2, 3}, ""},
		{"batch by default", []part{input("x", float32Type, "N", 3)}, Options{}, []int{32, 3}, ""},
		{"batch given", []part{input("x", float32Type, "N", 3)}, Options{Batch: 5}, []int{5, 3}, ""},
		{"batch without name", []part{input("x", float32Type, nil, 3)}, Options{Batch: 5}, []int{5, 3}, ""},
		{"batch as −1", []part{input("x", float32Type, -1, 3)}, Options{Batch: 5}, []int{5, 3}, ""},
		{"shape given", []part{input("x", float32Type, "N", "L")}, Options{Shapes: map[string][]int{"x": {4, 7}}}, []int{4, 7}, ""},
		{"name bound by another input", []part{input("x", float32Type, 2, "L"), input("z", float32Type, "L")},
			Options{Shapes: map[string][]int{"z": {9}}}, []int{2, 9}, ""},
		{"name bound as a batch", []part{input("x", float32Type, 2, "L"), input("z", float32Type, "L")}, Options{Batch: 6}, []int{2, 6}, ""},
		{"scalar", []part{input("x", float32Type)}, Options{}, []int{}, ""},
		{"other axis free", []part{input("x", float32Type, "N", "L")}, Options{}, nil, `input "x": the size of axis 1 (L) is free`},
		{"fixed axis changed", []part{input("x", float32Type, "N", 3)}, Options{Shapes: map[string][]int{"x": {4, 7}}}, nil, "axis 1 has size 3 in the file"},
		{"rank changed", []part{input("x", float32Type, "N", 3)}, Options{Shapes: map[string][]int{"x": {4}}}, nil, "has 1 axes, the file's 2"},
		{"unknown name", []part{input("x", float32Type, 3)}, Options{Shapes: map[string][]int{"q": {4}}}, nil, `input "q" is not one of the model's (x)`},
		{"contradiction", []part{input("x", float32Type, "L", "L")}, Options{Shapes: map[string][]int{"x": {4, 5}}}, nil, `"L" stands for 4`},
		{"huge", []part{input("x", float32Type, 1<<40, 1<<40)}, Options{}, nil, "out of range"},
		{"twice", []part{input("x", float32Type, 3), input("x", float32Type, 3)}, Options{}, nil, "there twice"},
		{"text", []part{input("x", onnxpb.TensorProto_STRING, 3)}, Options{}, nil, "STRING cannot be computed with"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := Import(model(t, 17, append(c.parts, relu...)...), c.opt)
			if !matches(err, c.err) {
				t.Fatalf("error %v, want %q", err, c.err)
			}
			if err == nil && !slices.Equal(m.Inputs[0].Shape, c.want) {
				t.Errorf("shape %v, want %v", m.Inputs[0].Shape, c.want)
			}
		})
	}
}

// matches reports whether err is nil where no text is wanted, and has the text where one is.
func matches(err error, text string) bool {
	if text == "" || err == nil {
		return text == "" && err == nil
	}
	return strings.Contains(err.Error(), text)
}

// TestInitializersAmongInputs: the first versions of ONNX list them there.
func TestInitializersAmongInputs(t *testing.T) {
	m := mustImport(t, model(t, 17, input("x", float32Type, 2, 2), input("w", float32Type, 2, 2),
		initializer("w", float32Type, []int64{2, 2}, 1, 2, 3, 4), node("MatMul", "x,w", "y"), output("y")), Options{})
	if len(m.Inputs) != 1 || len(m.Weights) != 1 {
		t.Errorf("%d inputs, %d weights, want 1 and 1", len(m.Inputs), len(m.Weights))
	}
}

func TestInputUses(t *testing.T) {
	table := initializer("table", float32Type, []int64{5, 2}, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
	small := initializer("small", float32Type, []int64{3, 2}, 0, 1, 2, 3, 4, 5)
	for _, c := range []struct {
		name  string
		dt    DataType
		parts []part
		use   Use
		rows  int
	}{
		{"tokens", int64Type, []part{table, node("Gather", "table,x", "y")}, UseIndex, 5},
		{"tokens of two tables", int64Type, []part{table, small, node("Gather", "table,x", "a"), node("Gather", "small,x", "b"), node("Add", "a,b", "y")}, UseIndex, 3},
		{"tokens cast and moved", onnxpb.TensorProto_INT32, []part{table,
			node("Cast", "x", "c", intAttribute("to", int64(int64Type))), node("Transpose", "c", "d"), node("Gather", "table,d", "y")}, UseIndex, 5},
		{"tokens that are also compared", int64Type, []part{table, initializer("zero", int64Type, nil, 0),
			node("Equal", "x,zero", "m"), node("Unsqueeze", "m,axes", "mu"), initializer("axes", int64Type, []int64{1}, -1),
			node("Gather", "table,x", "a"), initializer("f", float32Type, nil, 0), node("Where", "mu,f,a", "y")}, UseIndex, 5},
		{"tokens that are also counted", int64Type, []part{table, small, initializer("zero", int64Type, nil, 0), initializer("axis", int64Type, nil, 0),
			node("Equal", "x,zero", "e"), node("Not", "e", "n"), node("Cast", "n", "i", intAttribute("to", int64(int64Type))), node("CumSum", "i,axis", "places"),
			node("Gather", "table,x", "a"), node("Gather", "small,places", "b"), node("Add", "a,b", "y")}, UseIndex, 5},
		{"places of tokens", int64Type, []part{table, small, node("ArgMax", "x", "place", intAttribute("axis", 0)),
			node("Gather", "table,x", "a"), node("Gather", "small,place", "b"), node("Add", "a,b", "y")}, UseIndex, 5},
		{"count of a mask", int64Type, []part{table, initializer("axis", int64Type, nil, 0), node("CumSum", "x,axis", "places"), node("Gather", "table,places", "y")}, UseData, 0},
		{"whole numbers as truth values as an index", int64Type, []part{small, node("Cast", "x", "c", intAttribute("to", int64(boolType))),
			node("Cast", "c", "i", intAttribute("to", int64(int64Type))), node("Gather", "small,i", "y")}, UseData, 0},
		{"sum of two inputs", int64Type, []part{table, input("z", int64Type, 4), node("Add", "x,z", "s"), node("Gather", "table,s", "y")}, UseData, 0},
		{"mask", boolType, []part{initializer("f", float32Type, nil, 0), initializer("w", float32Type, []int64{4}, 1, 2, 3, 4), node("Where", "x,f,w", "y")}, UseMask, 0},
		{"whole mask cast", int64Type, []part{initializer("w", float32Type, []int64{4}, 1, 2, 3, 4),
			node("Cast", "x", "m", intAttribute("to", int64(float32Type))), node("Mul", "m,w", "y")}, UseMask, 0},
		{"pixels", onnxpb.TensorProto_UINT8, []part{initializer("w", float32Type, []int64{4}, 1, 2, 3, 4),
			node("Cast", "x", "m", intAttribute("to", int64(float32Type))), node("Mul", "m,w", "y")}, UseData, 0},
		{"targets", int64Type, []part{initializer("scores", float32Type, []int64{4, 6}, make([]float64, 24)...), node("SoftmaxCrossEntropyLoss", "scores,x", "y")}, UseIndex, 6},
		{"data that is compared", float32Type, []part{initializer("f", float32Type, nil, 0), node("Less", "x,f", "m"), node("Where", "m,f,x", "y")}, UseData, 0},
		{"data", float32Type, []part{node("Relu", "x", "y")}, UseData, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := mustImport(t, model(t, 17, append(c.parts, input("x", c.dt, 4), output("y"))...), Options{})
			if in := m.Inputs[0]; in.Use != c.use || in.TableRows != c.rows {
				t.Errorf("use %v of %d rows, want %v of %d", in.Use, in.TableRows, c.use, c.rows)
			}
		})
	}
}

// TestKnownInputs: an input that decides a shape has to be given.
func TestKnownInputs(t *testing.T) {
	parts := []part{input("x", float32Type, 2, 3), input("shape", int64Type, 1), node("Reshape", "x,shape", "y"), output("y")}
	if _, err := Import(model(t, 17, parts...), Options{}); !matches(err, `depend on input "shape"`) {
		t.Errorf("error %v", err)
	}
	m := mustImport(t, model(t, 17, parts...), Options{Known: map[string][]float64{"shape": {-1}}})
	if !slices.Equal(m.Outputs[0].Shape, []int{6}) {
		t.Errorf("shape %v", m.Outputs[0].Shape)
	}
	if _, err := Import(model(t, 17, parts...), Options{Known: map[string][]float64{"shape": {1, 2}}}); !matches(err, "2 are given") {
		t.Errorf("error %v", err)
	}
}
