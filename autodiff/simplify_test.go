package autodiff

import (
	"math"
	"testing"
)

// TestSimplify: what each expression becomes, as the printed definition of its
// node; %0 is x, %1 is y, both [2 3].
func TestSimplify(t *testing.T) {
	cases := map[string]struct {
		build func(g *Graph, x, y *Node) *Node
		want  func(g *Graph, x, y *Node) *Node
	}{
		"x+0":               {func(g *Graph, x, _ *Node) *Node { return Add(x, g.Scalar(0)) }, func(_ *Graph, x, _ *Node) *Node { return x }},
		"x·1":               {func(g *Graph, x, _ *Node) *Node { return Mul(g.Scalar(1), x) }, func(_ *Graph, x, _ *Node) *Node { return x }},
		"x·0":               {func(g *Graph, x, _ *Node) *Node { return Mul(x, g.Scalar(0)) }, func(g *Graph, x, _ *Node) *Node { return g.fill(0, x.shape) }},
		"x·−1":              {func(g *Graph, x, _ *Node) *Node { return Mul(x, g.Scalar(-1)) }, func(_ *Graph, x, _ *Node) *Node { return Neg(x) }},
		"−−x":               {func(_ *Graph, x, _ *Node) *Node { return Neg(Neg(x)) }, func(_ *Graph, x, _ *Node) *Node { return x }},
		"x+(−y)":            {func(_ *Graph, x, y *Node) *Node { return Add(x, Neg(y)) }, func(_ *Graph, x, y *Node) *Node { return Sub(x, y) }},
		"x·y = y·x":         {func(_ *Graph, x, y *Node) *Node { return Mul(y, x) }, func(_ *Graph, x, y *Node) *Node { return Mul(x, y) }},
		"1/x":               {func(g *Graph, x, _ *Node) *Node { return Div(g.Scalar(1), x) }, func(_ *Graph, x, _ *Node) *Node { return Reciprocal(x) }},
		"x²":                {func(g *Graph, x, _ *Node) *Node { return Pow(x, g.Scalar(2)) }, func(_ *Graph, x, _ *Node) *Node { return Mul(x, x) }},
		"xᵀᵀ":               {func(_ *Graph, x, _ *Node) *Node { return Transpose(Transpose(x, 1, 0), 1, 0) }, func(_ *Graph, x, _ *Node) *Node { return x }},
		"reshape twice":     {func(_ *Graph, x, _ *Node) *Node { return Reshape(Reshape(x, 6), 3, 2) }, func(_ *Graph, x, _ *Node) *Node { return Reshape(x, 3, 2) }},
		"xᵀ·y":              {func(_ *Graph, x, y *Node) *Node { return Dot(Transpose(x, 1, 0), y, false, false) }, func(_ *Graph, x, y *Node) *Node { return Dot(x, y, true, false) }},
		"x·yᵀ":              {func(_ *Graph, x, y *Node) *Node { return Dot(x, Transpose(y, 1, 0), false, false) }, func(_ *Graph, x, y *Node) *Node { return Dot(x, y, false, true) }},
		"0·y as a product":  {func(g *Graph, x, y *Node) *Node { return Dot(g.fill(0, []int{4, 2}), y, false, false) }, func(g *Graph, _, _ *Node) *Node { return g.fill(0, []int{4, 3}) }},
		"Σ of a repetition": {func(_ *Graph, x, _ *Node) *Node { return Sum(BroadcastTo(x, 5, 2, 3), 0) }, func(g *Graph, x, _ *Node) *Node { return Mul(x, g.Scalar(5)) }},
		"ΣΣ":                {func(_ *Graph, x, _ *Node) *Node { return Sum(Sum(x, 0), 0) }, func(_ *Graph, x, _ *Node) *Node { return SumAll(x) }},
		"c(d·x)":            {func(g *Graph, x, _ *Node) *Node { return scale(3, scale(0.5, x)) }, func(_ *Graph, x, _ *Node) *Node { return scale(1.5, x) }},
		"(c·x)(d·y)":        {func(_ *Graph, x, y *Node) *Node { return Mul(scale(3, x), scale(2, y)) }, func(_ *Graph, x, y *Node) *Node { return scale(6, Mul(x, y)) }},
		"(c·x)·y":           {func(_ *Graph, x, y *Node) *Node { return Mul(y, scale(3, x)) }, func(_ *Graph, x, y *Node) *Node { return scale(3, Mul(x, y)) }},
		"(c·x)(1/c·y)":      {func(_ *Graph, x, y *Node) *Node { return Mul(scale(4, x), scale(0.25, y)) }, func(_ *Graph, x, y *Node) *Node { return Mul(x, y) }},
		"−(c·x)":            {func(_ *Graph, x, _ *Node) *Node { return Neg(scale(3, x)) }, func(_ *Graph, x, _ *Node) *Node { return scale(-3, x) }},
		"x+x":               {func(_ *Graph, x, _ *Node) *Node { return Add(x, x) }, func(_ *Graph, x, _ *Node) *Node { return scale(2, x) }},
		"c·x−c·y":           {func(_ *Graph, x, y *Node) *Node { return Sub(scale(3, x), scale(3, y)) }, func(_ *Graph, x, y *Node) *Node { return scale(3, Sub(x, y)) }},
		"Σ c·x":             {func(_ *Graph, x, _ *Node) *Node { return Sum(scale(3, x), 1) }, func(_ *Graph, x, _ *Node) *Node { return scale(3, Sum(x, 1)) }},
		"slice twice": {
			func(_ *Graph, x, _ *Node) *Node {
				return Slice(Slice(x, []int{0, 0}, []int{2, 3}, []int{1, 2}), []int{0, 1}, []int{1, 2}, nil)
			},
			func(_ *Graph, x, _ *Node) *Node { return Slice(x, []int{0, 2}, []int{1, 3}, []int{1, 2}) },
		},
		"slice of one operand": {
			func(_ *Graph, x, y *Node) *Node { return SliceAxis(Concat(0, x, y, x), 0, 2, 4) },
			func(_ *Graph, _, y *Node) *Node { return y },
		},
		"slice in one operand": {
			func(_ *Graph, x, y *Node) *Node {
				return Slice(Concat(1, x, y), []int{1, 4}, []int{2, 6}, nil)
			},
			func(_ *Graph, _, y *Node) *Node { return Slice(y, []int{1, 1}, []int{2, 3}, nil) },
		},
		"slices joined": {
			func(_ *Graph, x, _ *Node) *Node { return Concat(1, SliceAxis(x, 1, 0, 1), SliceAxis(x, 1, 1, 3)) },
			func(_ *Graph, x, _ *Node) *Node { return x },
		},
		"combine, then repeat": {
			func(_ *Graph, x, y *Node) *Node { return Mul(BroadcastTo(x, 4, 2, 3), BroadcastTo(y, 4, 2, 3)) },
			func(_ *Graph, x, y *Node) *Node { return BroadcastTo(Mul(x, y), 4, 2, 3) }},
		"select by a constant": {func(g *Graph, x, y *Node) *Node { return Select(g.Scalar(1), x, y) }, func(_ *Graph, x, _ *Node) *Node { return x }},
		"select twice by the same": {
			func(g *Graph, x, y *Node) *Node {
				return Select(x, Select(x, y, g.Scalar(1)), Select(x, g.Scalar(2), x))
			},
			func(_ *Graph, x, y *Node) *Node { return Select(x, y, x) }},
		"transpose that moves only a 1": {
			func(_ *Graph, x, _ *Node) *Node { return Transpose(Reshape(x, 2, 1, 3), 1, 0, 2) },
			func(_ *Graph, x, _ *Node) *Node { return Reshape(x, 1, 2, 3) }},
	}
	for name, c := range cases {
		g := NewGraph()
		x, y := g.Variable("x", 2, 3), g.Variable("y", 2, 3)
		if got, want := c.build(g, x, y), c.want(g, x, y); got != want {
			t.Errorf("%s becomes %v, want %v", name, got, want)
		}
	}
}

// TestFactorsOutOfRange: factors whose product float32 does not hold stay apart.
func TestFactorsOutOfRange(t *testing.T) {
	g := NewGraph()
	x := g.Variable("x", 2)
	for _, c := range []float64{1e-30, 1e30} {
		if y := scale(c, scale(c, x)); y.in[0] != scale(c, x) && y.in[1] != scale(c, x) {
			t.Errorf("%g·%g·x becomes %v", c, c, y)
		}
	}
}

func TestConstantsAreFolded(t *testing.T) {
	g := NewGraph()
	a := g.Const([]float64{1, 2, 3}, 3)
	sum := SumAll(Mul(a, Add(a, g.Scalar(1))))
	if v, ok := sum.Value(); !ok || v[0] != 20 {
		t.Errorf("Σ a(a+1) = %v, %v; want 20", v, ok)
	}
	if v, ok := BroadcastTo(a, 2, 3).Value(); !ok || v[5] != 3 {
		t.Errorf("a repeated constant has the value %v, %v", v, ok)
	}
	if _, ok := g.Variable("x").Value(); ok {
		t.Error("a variable has a value")
	}
	big := BroadcastTo(g.Const([]float64{1, 2}, 1, 2), 1<<22, 2)
	if _, ok := Exp(Add(big, g.Variable("y", 2))).Value(); ok {
		t.Error("a large constant was computed while building")
	}
}

func TestEqualNodesAreOne(t *testing.T) {
	g := NewGraph()
	x := g.Variable("x", 4)
	if first, again := Exp(x), Exp(x); first != again {
		t.Error("equal nodes differ")
	}
	if first, again := g.Scalar(0.1), g.Scalar(0.1); first != again {
		t.Error("equal constants differ")
	}
	if g.Variable("x", 4) == x {
		t.Error("two variables are one")
	}
	if g.Scalar(0) == g.Scalar(math.Copysign(0, -1)) {
		t.Error("0 and −0 are one constant")
	}
	y := g.Variable("y", 2, 6)
	if Sum(y, 0) == Sum(y, 1) || Reshape(y, 12) == Reshape(y, 3, 4) {
		t.Error("different attributes make one node")
	}
}

func TestErrorsNotPanics(t *testing.T) {
	g := NewGraph()
	x, y := g.Variable("x", 2, 3), g.Variable("y", 4, 5)
	builds := map[string]func(){
		"add":          func() { Add(x, y) },
		"dot":          func() { Dot(x, y, false, false) },
		"matmul":       func() { MatMul(x, g.Scalar(1)) },
		"reshape":      func() { Reshape(x, 7) },
		"huge":         func() { BroadcastTo(g.Scalar(1), 1<<30, 1<<30) },
		"transpose":    func() { Transpose(x, 0, 0) },
		"slice":        func() { Slice(x, []int{0, 0}, []int{3, 3}, nil) },
		"sum":          func() { Sum(x, 2) },
		"concat":       func() { Concat(0, x, y) },
		"conv":         func() { Conv(x, y, ConvSpec{}) },
		"conv stride":  func() { Conv(g.Variable("x", 1, 1, 4), g.Variable("w", 1, 1, 2), ConvSpec{Strides: []int{0}}) },
		"conv groups":  func() { Conv(g.Variable("x", 1, 3, 4), g.Variable("w", 2, 1, 2), ConvSpec{Groups: 2}) },
		"window":       func() { WindowMax(g.Variable("x", 1, 1, 2), Window{Size: []int{2}, PadLo: []int{5}}) },
		"take axis":    func() { Take(x, g.Scalar(0), 2) },
		"constant":     func() { g.Const([]float64{1}, 2) },
		"other graph":  func() { Add(x, NewGraph().Variable("x", 2, 3)) },
		"negative":     func() { g.Variable("x", -1) },
		"index folded": func() { Take(g.Const([]float64{1, 2}, 2), g.Scalar(5), 0) },
	}
	for name, build := range builds {
		if err := Maybe(build); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestRunRefusesIndicesOutside(t *testing.T) {
	g := NewGraph()
	table, index := g.Variable("table", 3, 2), g.Variable("index", 2)
	prog, err := Compile([]*Node{Take(table, index, 0)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []float64{3, -1, 0.5, math.NaN(), math.Inf(1)} {
		prog.Write(index, 0, []float64{0, bad})
		if prog.Run() == nil {
			t.Errorf("index %v was taken", bad)
		}
	}
}
