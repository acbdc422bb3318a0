package exprgraph

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"onnx-metainit/autodiff"
)

// TestPrimitives computes the samples of every primitive, which hold scalars and
// empty tensors too, by the TapeMachine and by autodiff.Evaluate.
func TestPrimitives(t *testing.T) {
	s := autodiff.NewSampler(1)
	var outputs []*autodiff.Node
	for op := autodiff.OpNeg; op <= autodiff.OpScatterAlong; op++ {
		samples := s.Samples(op)
		if len(samples) == 0 {
			t.Errorf("primitive %d has no samples", op)
		}
		outputs = append(outputs, samples...)
	}
	compare(t, s.Values, outputs...)
}

func TestShapes(t *testing.T) {
	for _, shape := range [][]int{{}, {1}, {1, 1}, {3}, {1, 3}, {3, 1}, {0}, {2, 0, 3}, {1, 1, 1, 2, 1}} {
		g := autodiff.NewGraph()
		x := g.Variable("x", shape...)
		data := make([]float64, x.Size())
		for i := range data {
			data[i] = float64(i) + 0.5
		}
		bridge := compare(t, map[*autodiff.Node][]float64{x: data}, x, autodiff.Exp(x), autodiff.SumAll(x))
		if got := bridge.Node(x).Shape(); !slices.Equal(got, shape) {
			t.Errorf("shape %v became %v", shape, got)
		}
		_, scalar := bridge.Node(x).Value().(*gorgonia.F64)
		if want := len(shape) == 0; scalar != want || bridge.Node(x).IsScalar() != want {
			t.Errorf("shape %v: the node is a scalar: %v, its value: %v", shape, bridge.Node(x).IsScalar(), scalar)
		}
	}
}

// compare runs outputs with the TapeMachine and wants what Evaluate finds, bit
// for bit.
func compare(t *testing.T, values map[*autodiff.Node][]float64, outputs ...*autodiff.Node) *Graph {
	t.Helper()
	want, err := autodiff.Evaluate(outputs, values)
	if err != nil {
		t.Fatal(err)
	}
	g, err := New(outputs...)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Let(values); err != nil {
		t.Fatal(err)
	}
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	for i, n := range outputs {
		got, err := g.Value(n)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(got, want[i], func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }) {
			t.Errorf("%v is %v, want %v", n, got, want[i])
		}
	}
	return g
}

// TestSameGraph compares the two graphs node by node.
func TestSameGraph(t *testing.T) {
	s := autodiff.NewSampler(2)
	var outputs []*autodiff.Node
	for op := autodiff.OpNeg; op <= autodiff.OpScatterAlong; op++ {
		outputs = append(outputs, s.Samples(op)...)
	}
	g, err := New(outputs...)
	if err != nil {
		t.Fatal(err)
	}
	nodes := ancestors(outputs)
	if got := len(g.Expr().AllNodes()); got != len(nodes) {
		t.Errorf("%d nodes became %d", len(nodes), got)
	}
	hashes, names := make(map[uint32]bool), make(map[string]bool)
	for _, n := range nodes {
		node := g.Node(n)
		if g.Source(node) != n {
			t.Errorf("%v does not map back", n)
		}
		if node.Graph() != g.Expr() {
			t.Errorf("%v is in another graph", n)
		}
		if hashes[node.Hashcode()] || !g.taken[node.Hashcode()] {
			t.Errorf("the hash of %v is taken or unforeseen", n)
		}
		hashes[node.Hashcode()] = true
		if len(n.Operands()) == 0 {
			if names[node.Name()] {
				t.Errorf("the name %q is taken", node.Name())
			}
			names[node.Name()] = true
			continue
		}
		if got := node.Op().String(); !strings.HasPrefix(got, n.Primitive().Name) || strings.Contains(got, "%") {
			t.Errorf("%v is called %q", n, got)
		}
		edges := g.Expr().From(node.ID())
		for i := 0; edges.Next(); i++ {
			if edges.Node() != g.Node(n.Operands()[i]) {
				t.Errorf("operand %d of %v is another", i, n)
			}
		}
	}
	if dot := g.Expr().ToDot(); !strings.Contains(dot, "windowargmax") {
		t.Error("the dot output lacks the primitives")
	}
}

func TestNames(t *testing.T) {
	g := autodiff.NewGraph()
	a, b, c := g.Variable("x"), g.Variable("x"), g.Variable("x (2)")
	bridge, err := New(autodiff.Add(autodiff.Add(a, b), c), g.Const([]float64{1, 2}, 2))
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[*autodiff.Node]string{a: "x", b: "x (2)", c: "x (2) (2)"} {
		if got := bridge.Node(n).Name(); got != want {
			t.Errorf("%v is named %q, want %q", n, got, want)
		}
	}
}

// TestHashesMeet takes the hashes that nodes would get, which then must get
// others: Gorgonia's machine computes nodes of one hash once.
func TestHashesMeet(t *testing.T) {
	g := autodiff.NewGraph()
	x := g.Variable("x", 2)
	y := autodiff.Exp(x)
	free, err := New(y)
	if err != nil {
		t.Fatal(err)
	}
	met := &Graph{expr: gorgonia.NewGraph(), names: make(map[string]bool),
		nodes: make(map[*autodiff.Node]*gorgonia.Node), sources: make(map[*gorgonia.Node]*autodiff.Node),
		taken: identities{free.Node(x).Hashcode(): true}}
	if err := met.add(x); err != nil {
		t.Fatal(err)
	}
	if got := met.Node(x).Name(); got != "x (2)" {
		t.Errorf("the variable is named %q", got)
	}
	operands := gorgonia.Nodes{met.Node(x)}
	met.taken[nodeHash(typeOf(1), tensor.Shape{2}, operands, "1.0")] = true
	if err := met.add(y); err != nil {
		t.Fatal(err)
	}
	want := nodeHash(typeOf(1), tensor.Shape{2}, operands, "1.1")
	if got := met.Node(y).Hashcode(); got != want {
		t.Errorf("the hash is %x, want %x", got, want)
	}
}

// TestEqualCorners: constants that print alike stay apart.
func TestEqualCorners(t *testing.T) {
	g := autodiff.NewGraph()
	data := make([]float64, 10000)
	data[0] = 1
	a := g.Const(data, 100, 100)
	data[5050] = 1
	b := g.Const(data, 100, 100)
	x := g.Variable("x", 100, 100)
	compare(t, map[*autodiff.Node][]float64{x: data},
		autodiff.SumAll(autodiff.Mul(a, x)), autodiff.SumAll(autodiff.Mul(b, x)))
}

func TestOtherData(t *testing.T) {
	g := autodiff.NewGraph()
	x := g.Variable("x", 2, 2)
	y := autodiff.Neg(x)
	bridge, err := New(y)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []float64{0, 1, 2} {
		if err := bridge.Let(map[*autodiff.Node][]float64{x: {k, 1, 2, 3}}); err != nil {
			t.Fatal(err)
		}
		if err := bridge.Run(); err != nil {
			t.Fatal(err)
		}
		got, err := bridge.Value(y)
		if err != nil || !slices.Equal(got, []float64{-k, -1, -2, -3}) {
			t.Errorf("run %v gives %v, %v", k, got, err)
		}
	}
}

func TestErrors(t *testing.T) {
	g := autodiff.NewGraph()
	x, table := g.Variable("x"), g.Variable("table", 3)
	y := autodiff.Take(table, x, 0)
	bridge, err := New(y)
	if err != nil {
		t.Fatal(err)
	}
	run := func(index float64) error {
		if err := bridge.Let(map[*autodiff.Node][]float64{x: {index}}); err != nil {
			return err
		}
		return bridge.Run()
	}
	transposed := tensor.New(tensor.WithShape(2, 3), tensor.WithBacking(make([]float64, 6)))
	if err := transposed.T(); err != nil {
		t.Fatal(err)
	}
	columns := tensor.New(tensor.WithShape(2, 3), tensor.AsFortran(make([]float64, 6)))
	value := func(v gorgonia.Value) error { _, err := dataOf(v); return err }
	valueOf := func(n *autodiff.Node) error { _, err := bridge.Value(n); return err }
	build := func(outputs ...*autodiff.Node) error { _, err := New(outputs...); return err }
	for _, c := range []struct {
		err  error
		want string
	}{
		{build(), "at least one output"},
		{build(x, autodiff.NewGraph().Variable("z")), "different graphs"},
		{bridge.Let(map[*autodiff.Node][]float64{y: nil}), "not a variable"},
		{bridge.Let(map[*autodiff.Node][]float64{x: {1}, table: {1}}), `"table" of shape [3] needs 3 values, got 1`},
		{valueOf(y), "call Run first"},
		{valueOf(autodiff.Exp(x)), "does not hold"},
		{bridge.Run(), "No value bound to node"},
		{bridge.Let(map[*autodiff.Node][]float64{table: {1, 2, 3}}), ""},
		{run(2), ""},
		{run(3), "index 3 is not a whole number from 0 to 2"},
		{run(1), ""},
		{value(transposed), "in column order"},
		{value(columns), "in column order"},
		{value(gorgonia.NewF32(1)), "float32, expected float64"},
	} {
		switch {
		case c.want == "" && c.err != nil:
			t.Errorf("unexpected error: %v", c.err)
		case c.want != "" && (c.err == nil || !strings.Contains(c.err.Error(), c.want)):
			t.Errorf("error %v, want one with %q", c.err, c.want)
		}
	}
}
