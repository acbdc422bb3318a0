package lower

import (
	"errors"
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
		if w.Statistic {
			s += ", " + w.Reason
		}
		got = append(got, s)
	}
	want := []string{
		"scale used by n, also alias",
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
	var unused []string
	for _, u := range m.Unused {
		unused = append(unused, u.Name)
	}
	// s has no axes and sizes only decides a shape: both are constants, as lost is.
	if want := []string{"s", "sizes", "lost"}; !slices.Equal(unused, want) {
		t.Errorf("unused %v, want %v", unused, want)
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

func TestTail(t *testing.T) {
	for _, c := range []struct {
		name  string
		opset int64
		nodes []part
		tail  string
		axis  int
	}{
		{"Softmax", 17, []part{node("Softmax", "x", "y", intAttribute("axis", 1))}, "Softmax", 1},
		{"Softmax seen through Identity", 17, []part{node("Softmax", "x", "s"), node("Identity", "s", "y")}, "Softmax", 2},
		{"LogSoftmax", 17, []part{node("LogSoftmax", "x", "y")}, "LogSoftmax", 2},
		{"Log of Softmax", 17, []part{node("Softmax", "x", "s"), node("Log", "s", "y")}, "LogSoftmax", 2},
		{"Sigmoid", 17, []part{node("Sigmoid", "x", "y")}, "Sigmoid", 0},
		{"old Softmax of the last axis", 11, []part{node("Softmax", "x", "y", intAttribute("axis", 2))}, "Softmax", 2},
		{"old Softmax of two axes", 11, []part{node("Softmax", "x", "y")}, "", 0},
		{"Softmax inside", 17, []part{node("Softmax", "x", "s"), node("Relu", "s", "y")}, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := mustImport(t, model(t, c.opset, append(c.nodes, input("x", float32Type, 2, 3, 4), output("y"))...), Options{})
			o := m.Output
			if o.Tail != c.tail || o.Axis != c.axis || (o.Tail != "") != (o.Logits != nil) {
				t.Errorf("tail %q of axis %d, logits %v; want %q of axis %d", o.Tail, o.Axis, o.Logits, c.tail, c.axis)
			}
			if o.Logits != nil && o.Logits != m.Inputs[0].Node {
				t.Error("the logits are not what the tail is applied to")
			}
		})
	}
}

func TestOutputs(t *testing.T) {
	parts := []part{
		input("x", float32Type, 2, 3),
		node("ArgMax", "x", "index", intAttribute("axis", 1)),
		node("Relu", "x", "y"),
		node("Wonder", "x", "z"),
		func(m *onnxpb.ModelProto) {
			m.Graph.Output = append(m.Graph.Output, info("index", int64Type, 2, 1), info("y", float32Type, 2, 3), info("z", float32Type))
		},
	}
	m := mustImport(t, model(t, 17, parts...), Options{})
	if m.Output.Name != "y" {
		t.Errorf("the wanted output is %q, want the first of a float type", m.Output.Name)
	}
	if m.Outputs[0].DataType != int64Type || m.Outputs[0].Node == nil {
		t.Errorf("output index is %+v", m.Outputs[0])
	}
	var unsupported *UnsupportedError
	if !errors.As(m.Outputs[2].Err, &unsupported) || m.Outputs[2].Node != nil {
		t.Errorf("output z gives %v", m.Outputs[2].Err)
	}
	if _, err := Import(model(t, 17, parts...), Options{Output: "z"}); !errors.As(err, &unsupported) {
		t.Errorf("wanting z gives %v", err)
	}
	if _, err := Import(model(t, 17, parts...), Options{Output: "q"}); !matches(err, "(index, y, z)") {
		t.Errorf("wanting q gives %v", err)
	}
}

// TestOutputIsInput: a graph without operations, and one whose output is also an input.
func TestOutputIsInput(t *testing.T) {
	m := mustImport(t, model(t, 17, input("x", float32Type, 3), output("x")), Options{})
	if m.Output.Node != m.Inputs[0].Node {
		t.Error("the output is not the input")
	}
	m = mustImport(t, model(t, 17, input("x", float32Type, 3), node("Relu", "x", "y"), output("x"), output("y")), Options{Output: "y"})
	if got := evaluate(t, m, map[string][]float64{"x": {-1, 0, 2}}, m.Output.Node, m.Outputs[0].Node); got[0][2] != 2 || got[0][0] != 0 || got[1][0] != -1 {
		t.Errorf("got %v", got)
	}
}

// TestKnownInputs: an input that decides a shape has to be given.
func TestKnownInputs(t *testing.T) {
	parts := []part{input("x", float32Type, 2, 3), input("shape", int64Type, 1), node("Reshape", "x,shape", "y"), output("y")}
	if _, err := Import(model(t, 17, parts...), Options{}); !matches(err, `depend on input "shape"`) {
		t.Errorf("error %v", err)
	}
	m := mustImport(t, model(t, 17, parts...), Options{Known: map[string][]float64{"shape": {-1}}})
	if !slices.Equal(m.Output.Shape, []int{6}) {
		t.Errorf("shape %v", m.Output.Shape)
	}
	if _, err := Import(model(t, 17, parts...), Options{Known: map[string][]float64{"shape": {1, 2}}}); !matches(err, "2 are given") {
		t.Errorf("error %v", err)
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
	if !matches(err, "unsupported operators: Marvel (opset 17") || !matches(err, "com.example:Relu") {
		t.Errorf("Import gives %v", err)
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
		if got := evaluate(t, lowered, map[string][]float64{"x": make([]float64, 6)}, lowered.Output.Node)[0]; !slices.Equal(got, []float64{0, 7, 0, 0, 0, 8}) {
			t.Errorf("got %v", got)
		}
	}
}
