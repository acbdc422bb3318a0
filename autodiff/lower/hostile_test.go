package lower

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

// TestHostile: every broken model is an error that names what is broken.
func TestHostile(t *testing.T) {
	x, y := input("x", float32Type, 2, 3), output("y")
	huge := initializer("huge", int64Type, []int64{2}, 1<<40, 1<<40)
	for _, c := range []struct {
		name  string
		parts []part
		err   string
	}{
		{"no output", []part{x, node("Relu", "x", "y")}, "no output"},
		{"output that nothing makes", []part{x, node("Relu", "x", "z"), y}, `tensor "y" is made by no node`},
		{"input that nothing makes", []part{x, node("Relu", "q", "y"), y}, `tensor "q" is made by no node`},
		{"its own input", []part{x, node("Add", "x,y", "y"), y}, `node "y": its input "y" depends on its own result`},
		{"huge weight", []part{x, func(m *onnxpb.ModelProto) {
			w := numbersOf("w", float32Type, []int64{3, 1 << 40, 1, 2}, 1, 2, 3)
			m.Graph.Initializer = append(m.Graph.Initializer, w)
		}, node("MatMul", "x,w", "y"), y}, `tensor "w": shape [3 1099511627776 1 2] is out of range`},
		{"two of a name", []part{x, initializer("h", float32Type, []int64{2, 3}, 1, 2, 3, 4, 5, 6), node("Relu", "x", "h"), node("Relu", "h", "y"), y},
			`an initializer and the result of node "h" are both called "h"`},
		{"cycle", []part{x, node("Add", "x,b", "a"), node("Relu", "a", "b"), node("Relu", "b", "y"), y}, "depends on its own result"},
		{"two makers", []part{x, node("Relu", "x", "y"), node("Neg", "x", "y"), y}, `both make tensor "y"`},
		{"maker and constant", []part{x, node("Relu", "x", "y"), node("Constant", "", "y", intAttribute("value_int", 1)), y}, `tensor "y"`},
		{"too few inputs", []part{x, node("Add", "x", "y"), y}, `node "y": Add (opset 17) of FLOAT[2 3]: has 1 inputs, expected 2`},
		{"too many inputs", []part{x, node("Relu", "x,x", "y"), y}, "has 2 inputs, expected 1"},
		{"no inputs", []part{x, node("Relu", "", "y"), y}, "has 0 inputs, expected 1"},
		{"needed input absent", []part{x, node("Add", ",x", "y"), y}, "input 0 is absent"},
		{"too many outputs", []part{x, node("Relu", "x", "a,y"), y}, "result 1 of Relu is not supported"},
		{"shapes", []part{x, initializer("w", float32Type, []int64{2, 2}, 1, 2, 3, 4), node("MatMul", "x,w", "y"), y},
			`node "y": MatMul (opset 17) of FLOAT[2 3], FLOAT[2 2]:`},
		{"broadcast", []part{x, initializer("w", float32Type, []int64{4}, 1, 2, 3, 4), node("Add", "x,w", "y"), y}, "do not broadcast"},
		{"type of an attribute", []part{x, node("Softmax", "x", "y", textAttribute("axis", "1")), y}, `attribute "axis" is of type STRING, expected INT`},
		{"axis", []part{x, node("Softmax", "x", "y", intAttribute("axis", 7)), y}, "axis 7 is outside the 2 axes"},
		{"axis twice", []part{x, node("Squeeze", "x,axes", "y"), initializer("axes", int64Type, []int64{2}, 0, 0), y}, "axis 0 is there twice"},
		{"permutation", []part{x, node("Transpose", "x", "y", intsAttribute("perm", 0, 0)), y}, "permutation"},
		{"reshape", []part{x, node("Reshape", "x,s", "y"), initializer("s", int64Type, []int64{2}, -1, 4), y}, "does not fit 6 elements"},
		{"reshape with two holes", []part{x, node("Reshape", "x,s", "y"), initializer("s", int64Type, []int64{2}, -1, -1), y}, "leaves two sizes open"},
		{"huge reshape", []part{x, huge, node("Reshape", "x,huge", "y"), y}, "out of range"},
		{"huge expand", []part{input("x", float32Type, 1), huge, node("Expand", "x,huge", "y"), y}, "2^40"},
		{"huge constant", []part{huge, node("ConstantOfShape", "huge", "y"), y}, "2^40"},
		{"huge tile", []part{x, huge, node("Tile", "x,huge", "y"), y}, "2^40"},
		{"huge range", []part{initializer("a", float32Type, nil, 0), initializer("b", float32Type, nil, 1e30), initializer("c", float32Type, nil, 1e-30),
			node("Range", "a,b,c", "y"), y}, "too many"},
		{"range of NaN", []part{initializer("a", float32Type, nil, 0), initializer("c", float32Type, nil, 0),
			node("Range", "a,a,c", "y"), y}, "delta is 0"},
		{"huge pool", []part{input("x", float32Type, 1, 1, 2), node("AveragePool", "x", "y", intsAttribute("kernel_shape", 1<<30), intsAttribute("pads", 1<<31-1, 1<<31-1)), y}, "node \"y\""},
		{"kernel of size 0", []part{input("x", float32Type, 1, 1, 2), node("MaxPool", "x", "y", intsAttribute("kernel_shape", 0)), y}, "at least 1"},
		{"negative stride", []part{input("x", float32Type, 1, 1, 2), node("MaxPool", "x", "y", intsAttribute("kernel_shape", 1), intsAttribute("strides", -1)), y}, "at least 1"},
		{"groups", []part{input("x", float32Type, 1, 3, 5), initializer("w", float32Type, []int64{2, 3, 1}, 1, 2, 3, 4, 5, 6), node("Conv", "x,w", "y", intAttribute("group", 2)), y}, "the input has 3 channels, the filters take 3 in each of 2 groups"},
		{"image without channels", []part{x, initializer("w", float32Type, []int64{2, 3}, 1, 2, 3, 4, 5, 6), node("Conv", "x,w", "y"), y}, "at least one spatial axis"},
		{"indices that double", []part{x, initializer("s", int64Type, []int64{2}, 1<<11, 1<<10), initializer("c", int64Type, nil, 1), node("Expand", "c,s", "a"),
			node("NonZero", "a", "b"), node("Add", "b,c", "d"), node("NonZero", "d", "y"), y}, "4194304 indices of 2 axes are too many"},
		{"huge one-hot", []part{input("x", int64Type, 2), initializer("d", int64Type, nil, 1<<50), initializer("v", float32Type, []int64{2}, 0, 1), node("OneHot", "x,d,v", "y"), y}, "depth"},
		{"split", []part{x, node("Split", "x,s", "a,y"), initializer("s", int64Type, []int64{2}, 5, -3), y}, "do not fit"},
		{"text", []part{x, func(m *onnxpb.ModelProto) {
			p := numbersOf("s", onnxio.String, []int64{1})
			p.StringData = [][]byte{[]byte("a")}
			m.Graph.Initializer = append(m.Graph.Initializer, p)
		}, node("Add", "x,s", "y"), y}, `tensor "s": elements of type STRING`},
		{"payload too short", []part{x, initializer("s", int64Type, []int64{3}, 1), node("Reshape", "x,s", "y"), y}, `"s"`},
		{"constant without value", []part{x, node("Constant", "", "c"), node("Add", "x,c", "y"), y}, "has no value"},
		{"shape from data", []part{x, node("Cast", "x", "i", intAttribute("to", int64(int64Type))), node("Reshape", "x,i", "y"), y}, `depend on input "x"`},
		{"shape from data and weights", []part{x, initializer("w", float32Type, []int64{2, 3}, 1, 2, 3, 4, 5, 6), node("Add", "x,w", "z"),
			node("Cast", "z", "i", intAttribute("to", int64(int64Type))), node("Reshape", "z,i", "y"), y}, `input 1 must be known while building: its elements decide shapes, but depend on data that only a run gives (input "x"; weight "w")`},
		{"function that calls itself", []part{x, function("F", []string{"a"}, []string{"b"}, nil, nodeOf("local:G", "a", "b")),
			function("G", []string{"a"}, []string{"b"}, nil, nodeOf("local:F", "a", "b")), node("local:F", "x", "y"), y}, "calls itself"},
		{"function with too many inputs", []part{x, function("F", []string{"a"}, []string{"b"}, nil, nodeOf("Relu", "a", "b")),
			node("local:F", "x,x", "y"), y}, "has 1 inputs and 1 outputs"},
		{"functions that grow", growing(30), "nodes after inlining"},
		{"functions with long names", calls(1<<12, function("F", []string{"a"}, []string{"b"}, nil,
			nodeOf("Relu", "a", strings.Repeat("c", 1<<14)), nodeOf("Relu", "a", "b"))), "names of tensors take more than"},
		{"many inputs of many results", []part{x, node("F", strings.Repeat("x,", 3000)+"x", strings.Repeat(",", 3000)+"y"), y}, "3001 inputs and 3001 results"},
		{"branch without graph", []part{x, initializer("c", int64Type, nil, 1), node("If", "c", "y"), y}, `attribute "then_branch" is no graph`},
		{"branch with too few outputs", []part{x, initializer("c", int64Type, nil, 1), node("If", "c", "a,y", graphAttribute("then_branch", branch("x"))), y}, "has 1 outputs, the node 2"},
		{"branch that nothing feeds", []part{x, initializer("c", int64Type, nil, 1), node("If", "c", "y", graphAttribute("then_branch", branch("q"))), y}, `"q"`},
		{"recurrence in a loop", []part{input("x", float32Type, 1000, 1, 1), initializer("w", float32Type, []int64{1, 1, 1}, 1), initializer("n", int64Type, nil, 400),
			node("Loop", "n,,w", "y", graphAttribute("body", subgraphOf("k,go,v", "go,h", nodeOf("RNN", "x,v,w", ",h", intAttribute("hidden_size", 1))))), y},
			"unrolled, the loops of the model have more than 262144 operations"},
		{"recurrence", []part{input("x", float32Type, 2, 3, 4), initializer("w", float32Type, []int64{1, 4, 4}, make([]float64, 16)...),
			initializer("r", float32Type, []int64{1, 4, 2}, make([]float64, 8)...), node("LSTM", "x,w,r", "y", intAttribute("hidden_size", 2)), y}, "has shape [1 4 4], expected [1 8 4]"},
		{"einsum", []part{x, node("Einsum", "x", "y", textAttribute("equation", "abc->a")), y}, "has 3 axes, the input 2"},
		{"einsum letters", []part{x, node("Einsum", "x", "y", textAttribute("equation", "ab->c")), y}, "node \"y\""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Import(model(t, 17, c.parts...), Options{}); err == nil || !matches(err, c.err) {
				t.Errorf("error %v, want %q", err, c.err)
			}
		})
	}
}

// growing has functions that each call the one before twice.
func growing(n int) []part {
	name := func(i int) string { return "F" + string(rune('A'+i)) }
	parts := []part{input("x", float32Type, 2), output("y"), node("local:"+name(n-1), "x", "y"),
		function(name(0), []string{"a"}, []string{"b"}, nil, nodeOf("Relu", "a", "b"))}
	for i := 1; i < n; i++ {
		call := "local:" + name(i-1)
		parts = append(parts, function(name(i), []string{"a"}, []string{"b"}, nil, nodeOf(call, "a", "t"), nodeOf(call, "t", "b")))
	}
	return parts
}

// calls has a function F and a chain of nodes that call it.
func calls(n int, f part) []part {
	parts := []part{input("x0", float32Type, 2), output("y"), f, node("Relu", fmt.Sprintf("x%d", n), "y")}
	for i := range n {
		parts = append(parts, node("local:F", fmt.Sprintf("x%d", i), fmt.Sprintf("x%d", i+1)))
	}
	return parts
}

// FuzzImport: any bytes that decode give a graph or an error.
func FuzzImport(f *testing.F) {
	for i, c := range operatorCases(f) {
		if i%8 == 0 {
			f.Add(c.model)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := onnxio.Decode("fuzz", data)
		if err != nil {
			return
		}
		lowered, err := Import(m, Options{Batch: 2})
		if err == nil && lowered.Outputs[0].Node == nil {
			t.Error("neither output nor error")
		}
		if decoded, err := new(Backend).Decode(m); err == nil && decoded == nil {
			t.Error("neither model nor error")
		}
		if _, err := Unsupported(m); err != nil {
			return
		}
	})
}

// FuzzMutated: a case with numbers, shapes and edges replaced gives a graph or an error.
func FuzzMutated(f *testing.F) {
	cases := operatorCases(f)
	for seed := range uint64(200) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 0))
		c := cases[r.IntN(len(cases))]
		p := new(onnxpb.ModelProto)
		if err := proto.Unmarshal(c.model, p); err != nil {
			t.Fatal(err)
		}
		opt := Options{Known: make(map[string][]float64), Shapes: make(map[string][]int)}
		for i, in := range p.GetGraph().GetInput() {
			tensor := in.GetType().GetTensorType()
			if tensor == nil {
				return
			}
			data := slices.Clone(c.data[i].data)
			opt.Shapes[in.GetName()] = c.data[i].shape
			tensor.Shape = nil
			switch {
			case isFloat(DataType(tensor.GetElemType())) && len(data) > 4:
				shape := slices.Clone(c.data[i].shape)
				if r.IntN(3) == 0 && len(shape) > 0 {
					shape[r.IntN(len(shape))] = int(max(strange(r), 0))
				}
				opt.Shapes[in.GetName()] = shape
			default:
				if r.IntN(2) == 0 && len(data) > 0 {
					data[r.IntN(len(data))] = float64(strange(r))
				}
				opt.Known[in.GetName()] = data
			}
		}
		for _, n := range p.GetGraph().GetNode() {
			for _, a := range n.GetAttribute() {
				if a.I != nil && r.IntN(2) == 0 {
					a.I = proto.Int64(strange(r))
				}
				if len(a.Ints) > 0 && r.IntN(2) == 0 {
					a.Ints[r.IntN(len(a.Ints))] = strange(r)
				}
			}
			if len(n.Attribute) > 0 && r.IntN(4) == 0 {
				n.Attribute = slices.Delete(n.Attribute, 0, 1)
			}
			if len(n.Input) > 0 && r.IntN(4) == 0 {
				n.Input[r.IntN(len(n.Input))] = n.Input[r.IntN(len(n.Input))]
			}
			if len(n.Input) > 0 && r.IntN(8) == 0 {
				n.Input[r.IntN(len(n.Input))] = ""
			}
		}
		for _, w := range p.GetGraph().GetInitializer() {
			if len(w.Dims) > 0 && r.IntN(8) == 0 {
				w.Dims[r.IntN(len(w.Dims))] = strange(r)
			}
			if r.IntN(16) == 0 {
				w.Dims = append(w.Dims, strange(r))
			}
		}
		data, err := proto.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		m, err := onnxio.Decode("mutated", data)
		if err != nil {
			return
		}
		start := time.Now()
		Import(m, opt)
		if d := time.Since(start); d > 3*time.Second {
			t.Logf("%s took %v", c.name, d)
		}
	})
}

// strange returns a number that a shape, an axis or a size should not be, or one that it can be.
func strange(r *rand.Rand) int64 {
	all := []int64{0, 1, 2, 3, 5, -1, -2, -7, 64, 1 << 20, 1<<31 - 1, 1 << 31, -1 << 31, 1 << 40, 1<<62 + 5, math.MaxInt64, math.MinInt64}
	return all[r.IntN(len(all))]
}
