package lower

import (
	"math"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio/onnxpb"
)

// subgraphOf returns a graph whose inputs and outputs are separated by commas.
func subgraphOf(inputs, outputs string, nodes ...*onnxpb.NodeProto) *onnxpb.GraphProto {
	g := &onnxpb.GraphProto{Name: proto.String("body"), Node: nodes}
	for _, name := range strings.Split(inputs, ",") {
		if name != "" {
			g.Input = append(g.Input, &onnxpb.ValueInfoProto{Name: proto.String(name)})
		}
	}
	for _, name := range strings.Split(outputs, ",") {
		g.Output = append(g.Output, info(name, float32Type, "free", 2))
	}
	return g
}

// expectation is a model and what its output y is, by the inputs x = (1, 2, 3) and xx = ((1, 2), (3, 4), (5, 6)).
type expectation struct {
	name  string
	opset int64
	parts []part
	want  []float64
	err   string
}

func (e expectation) run(t *testing.T) {
	parts := append(e.parts, input("x", float32Type, 3), input("xx", float32Type, 3, 2), output("y"))
	m, err := Import(model(t, e.opset, parts...), Options{})
	if !matches(err, e.err) {
		t.Fatalf("error %v, want %q", err, e.err)
	}
	if err != nil {
		return
	}
	got := evaluate(t, m, map[string][]float64{"x": {1, 2, 3}, "xx": {1, 2, 3, 4, 5, 6}}, m.Outputs[0].Node)[0]
	if d := difference(got, e.want); len(got) != len(e.want) || d > 1e-12 {
		t.Errorf("got %v of shape %v, want %v", got, m.Outputs[0].Shape, e.want)
	}
}

func whole64(name string, v float64) part { return initializer(name, int64Type, nil, v) }

// truth makes a condition that is known.
func truth(name string, v float64) part {
	return func(m *onnxpb.ModelProto) {
		whole64(name+"#", v)(m)
		node("Cast", name+"#", name, intAttribute("to", int64(boolType)))(m)
	}
}

func cast(in, out string, t DataType) *onnxpb.NodeProto {
	return nodeOf("Cast", in, out, intAttribute("to", int64(t)))
}

func TestLoop(t *testing.T) {
	double := graphAttribute("body", subgraphOf("k,go,v", "go,w,s", nodeOf("Add", "v,v", "w"), nodeOf("Mul", "v,x", "s")))
	until := func(limit string) *onnxpb.AttributeProto { // goes on while k+1 < limit
		return graphAttribute("body", subgraphOf("k,go,v", "more,w",
			nodeOf("Add", "v,x", "w"), nodeOf("Constant", "", "one", intAttribute("value_int", 1)), nodeOf("Add", "k,one", "next"), nodeOf("Less", "next,"+limit, "more")))
	}
	nested := graphAttribute("body", subgraphOf("i,go,v", "go,w",
		nodeOf("Loop", "i,,v", "w", graphAttribute("body", subgraphOf("j,on,u", "on,r",
			cast("i", "fi", float32Type), nodeOf("Add", "u,x", "a"), nodeOf("Add", "a,fi", "r"))))))
	counted := subgraphOf("k,go,i,v", "more,j,w", nodeOf("Add", "v,x", "w"),
		cast("i", "f", float32Type), nodeOf("Add", "f,one", "g"), cast("g", "j", int64Type), nodeOf("Less", "j,n", "more"))
	counted.Initializer = append(counted.Initializer, numbersOf("one", float32Type, []int64{1}, 1))
	for _, c := range []expectation{
		{"carried", 17, []part{whole64("n", 3), node("Loop", "n,,x", "y,s", double)}, []float64{8, 16, 24}, ""},
		{"joined", 11, []part{whole64("n", 2), node("Loop", "n,,x", "v,y", double)}, []float64{1, 4, 9, 2, 8, 18}, ""},
		{"condition given", 17, []part{whole64("n", 2), truth("go", 1), node("Loop", "n,go,x", "y,s", double)}, []float64{4, 8, 12}, ""},
		{"condition false", 17, []part{whole64("n", 2), truth("go", 0), node("Loop", "n,go,x", "y,s", double)}, []float64{1, 2, 3}, ""},
		{"no iterations", 17, []part{whole64("n", 0), node("Loop", "n,,x", "v,s", double), node("Shape", "s", "h"), node("Cast", "h", "y", intAttribute("to", 1))},
			[]float64{0, 0, 2}, ""},
		{"while", 17, []part{whole64("n", 4), truth("go", 1), node("Loop", ",go,x", "y", until("n"))}, []float64{5, 10, 15}, ""},
		{"while, counted in floats by a stored number", 17, []part{whole64("n", 3), whole64("zero", 0), truth("go", 1),
			node("Loop", ",go,zero,x", "i,y", graphAttribute("body", counted))}, []float64{4, 8, 12}, ""},
		{"while, with a limit", 17, []part{whole64("n", 400), truth("go", 1), whole64("m", 2), node("Loop", "m,go,x", "y", until("n"))}, []float64{3, 6, 9}, ""},
		{"condition that does not matter", 17, []part{whole64("n", 1), whole64("m", 3), node("Loop", "m,,x", "y", until("n"))}, []float64{4, 8, 12}, ""},
		{"trips of the shape", 17, []part{node("Shape", "xx", "h"), whole64("at", 1), node("Gather", "h,at", "n"), node("Loop", "n,,x", "y,s", double)}, []float64{4, 8, 12}, ""},
		// For i in 0, 1, 2 it adds x + i i times.
		{"nested", 17, []part{whole64("n", 3), node("Loop", "n,,x", "y", nested)}, []float64{1 + 2 + 2*3, 2 + 3 + 2*4, 3 + 4 + 2*5}, ""},
		{"endless", 17, []part{node("Loop", ",,x", "y,s", double)}, nil, "would never end"},
		{"too long", 17, []part{truth("go", 1), node("Loop", ",go,x", "y", graphAttribute("body", subgraphOf("k,go,v", "go,v")))}, nil, "have more than"},
		{"trips from data", 17, []part{node("ReduceSum", "x", "f", intAttribute("keepdims", 0)), node("Cast", "f", "n", intAttribute("to", int64(int64Type))),
			node("Loop", "n,,x", "y,s", double)}, nil, `the number of iterations must be known while building: its elements decide what is computed, and depend on input "x": give that input's data (Given x=…)`},
		{"condition from data", 17, []part{truth("go", 1), initializer("w", float32Type, []int64{3}, 1, 2, 3), node("Loop", ",go,x", "y",
			graphAttribute("body", subgraphOf("k,go,v", "more,r", nodeOf("Mul", "v,w", "r"), nodeOf("ReduceSum", "r", "s", intAttribute("keepdims", 0)),
				nodeOf("Constant", "", "limit", floatAttribute("value_float", 9)), nodeOf("Less", "s,limit", "more"))))},
			nil, `the condition after 1 iterations must be known while building: its elements decide what is computed, but depend on data that only a run gives (input "x"; weight "w")`},
		{"no body", 17, []part{whole64("n", 1), node("Loop", "n,,x", "y")}, nil, `attribute "body" is no graph`},
		{"body with other inputs", 17, []part{whole64("n", 1), node("Loop", "n,,x,x", "y,z,s", double)}, nil, "a graph with 3 inputs, expected 4"},
		{"body without a condition", 17, []part{whole64("n", 1), node("Loop", "n,,x", "y", graphAttribute("body", subgraphOf("k,go,v", "v")))}, nil, "the body has 1 outputs"},
		{"different shapes", 17, []part{whole64("n", 2), node("Loop", "n,,x", "v,y",
			graphAttribute("body", subgraphOf("k,go,v", "go,w,v", nodeOf("Concat", "v,x", "w", intAttribute("axis", 0)))))}, nil, "[3] and [6] cannot be joined"},
	} {
		t.Run(c.name, c.run)
	}
}

func TestScan(t *testing.T) {
	// s ← 2s + x, and s is what is joined.
	sum := graphAttribute("body", subgraphOf("s,e", "n,o", nodeOf("Add", "s,s", "d"), nodeOf("Add", "d,e", "n"), nodeOf("Identity", "n", "o")))
	one := intAttribute("num_scan_inputs", 1)
	zeros := initializer("z", float32Type, []int64{2}, 0, 0)
	for _, c := range []expectation{
		{"state", 9, []part{zeros, node("Scan", "z,xx", "y,o", sum, one)}, []float64{15, 22}, ""},
		{"joined", 17, []part{zeros, node("Scan", "z,xx", "n,y", sum, one)}, []float64{1, 2, 5, 8, 15, 22}, ""},
		{"backward", 17, []part{zeros, node("Scan", "z,xx", "n,y", sum, one, intsAttribute("scan_input_directions", 1))}, []float64{5, 6, 13, 16, 27, 34}, ""},
		{"prepended", 17, []part{zeros, node("Scan", "z,xx", "n,y", sum, one, intsAttribute("scan_output_directions", 1))}, []float64{15, 22, 5, 8, 1, 2}, ""},
		{"axes", 17, []part{initializer("z", float32Type, []int64{3}, 0, 0, 0), node("Scan", "z,xx", "n,y", sum, one, intsAttribute("scan_input_axes", -1), intsAttribute("scan_output_axes", 1))},
			[]float64{1, 4, 3, 10, 5, 16}, ""},
		{"two inputs", 17, []part{node("Scan", "xx,x", "y", intAttribute("num_scan_inputs", 2), intsAttribute("scan_input_directions", 0, 1),
			graphAttribute("body", subgraphOf("a,b", "o", nodeOf("Mul", "a,b", "o"))))}, []float64{3, 6, 6, 8, 5, 6}, ""},
		{"first version", 8, []part{
			initializer("z", float32Type, []int64{3}, 0, 0, 0), node("Scan", ",z,xx", "n,y", one,
				graphAttribute("body", subgraphOf("s,e", "n,o", nodeOf("Add", "s,e", "n"), nodeOf("Identity", "n", "o"))))}, []float64{1, 3, 3, 7, 5, 11}, ""},
		{"first version, lengths and directions", 8, []part{
			initializer("z", float32Type, []int64{3}, 0, 0, 0), initializer("l", int64Type, []int64{3}, 2, 0, 1), node("Scan", "l,z,xx", "n,y", one, intsAttribute("directions", 1),
				graphAttribute("body", subgraphOf("s,e", "n,o", nodeOf("Add", "s,e", "n"), nodeOf("Identity", "n", "o"))))}, nil, "cannot be joined"},
		{"sizes differ", 17, []part{zeros, node("Scan", "xx,z", "y", intAttribute("num_scan_inputs", 2), graphAttribute("body", subgraphOf("a,b", "a")))}, nil, "sizes 3 and 2"},
		{"all are scanned", 17, []part{node("Scan", "xx", "y", intAttribute("num_scan_inputs", 2), sum)}, nil, `"num_scan_inputs" is 2 of 1`},
		{"direction", 17, []part{zeros, node("Scan", "z,xx", "n,y", sum, one, intsAttribute("scan_input_directions", 2))}, nil, "expected 0 or 1"},
	} {
		t.Run(c.name, c.run)
	}
}

// TestUntaken: what only the other branch of an If reads may be unsupported.
func TestUntaken(t *testing.T) {
	e := expectation{"", 17, []part{truth("c", 1),
		node("Reshape", "x,sizes", "bad"), initializer("sizes", int64Type, []int64{1}, 7),
		node("If", "c", "y", graphAttribute("then_branch", branch("o", nodeOf("Neg", "x", "o"))), graphAttribute("else_branch", branch("bad")))},
		[]float64{-1, -2, -3}, ""}
	e.run(t)
}

// TestUnrolled: a small file cannot make a large graph.
func TestUnrolled(t *testing.T) {
	size := initializer("size", int64Type, []int64{1}, 1<<20)
	loop := func(nodes ...*onnxpb.NodeProto) *onnxpb.AttributeProto {
		return graphAttribute("body", subgraphOf("k,go,v", "go,w", nodes...))
	}
	for _, c := range []expectation{
		{"large constants", 17, []part{size, whole64("n", 1<<40), node("ConstantOfShape", "size", "v"), node("Loop", "n,,v", "w",
			loop(cast("k", "f", float32Type), nodeOf("Concat", "v,f1", "c", intAttribute("axis", 0)), nodeOf("Slice", "c,one,end", "w"),
				nodeOf("Unsqueeze", "f,zero", "f1"))),
			initializer("zero", int64Type, []int64{1}, 0), initializer("one", int64Type, []int64{1}, 1), initializer("end", int64Type, []int64{1}, math.MaxInt32),
			node("Gather", "w,zero", "y")}, nil, "make constants of more than"},
		{"many operations", 17, []part{whole64("n", 1<<40), node("Loop", "n,,x", "y", loop(nodeOf("Add", "v,x", "a"), nodeOf("Sin", "a", "w")))}, nil, "more than"},
	} {
		t.Run(c.name, c.run)
	}
}
