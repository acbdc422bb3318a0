package autodiff

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// tanhs builds y = tanh(tanh(… x)), of n operators.
func tanhs(x *Node, n int) *Node {
	for range n {
		x = Tanh(x)
	}
	return x
}

// TestLimit: a graph grows as far as its memory reaches, and the error says how far that is.
func TestLimit(t *testing.T) {
	const limit = 2 * leastBound
	g := NewGraph()
	g.Limit(limit)
	x := g.Variable("x", 2)
	err := Maybe(func() { tanhs(x, limit/nodeBytes) })
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("first %d nodes takes 32 MB of memory, of 32 MB", g.Len())) {
		t.Fatalf("after %d nodes: %v", g.Len(), err)
	}
	if most := limit / nodeBytes; g.Len() < most*8/10 || g.Len() > most {
		t.Errorf("%d nodes, at most %d are bounded", g.Len(), most)
	}
	g.forget(1)
	if err := Maybe(func() { tanhs(x, limit/nodeBytes/2) }); err != nil {
		t.Errorf("what was forgotten counts: %v", err)
	}
}

// TestLimitConstants: elements count too.
func TestLimitConstants(t *testing.T) {
	g := NewGraph()
	g.Limit(leastBound)
	data := make([]float64, leastBound/operandBytes)
	data[0] = 1
	if err := Maybe(func() { g.Const(data, len(data)) }); err == nil {
		t.Errorf("a constant of %d elements is in %d MB", len(data), leastBound>>20)
	}
}

// TestLimitCompile: a graph may be there, but leave no memory to compile it.
func TestLimitCompile(t *testing.T) {
	const n = 50000
	for _, c := range []struct {
		limit int64
		want  string
	}{
		{0, ""},
		{n * (nodeBytes + workBytes + 2*operandBytes), ""},
		{n * (nodeBytes + workBytes/2), fmt.Sprintf("graph of %d nodes takes %d MB", n+2, n*(nodeBytes+workBytes+operandBytes)>>20)},
	} {
		g := NewGraph()
		g.Limit(c.limit)
		y := SumAll(tanhs(g.Variable("x", 2), n))
		_, err := Compile([]*Node{y}, Options{PlanOnly: true})
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("limit %d: %v, want %q", c.limit, err, c.want)
		}
	}
}

// TestLimitCuts: work is not cut if there is no memory for twins.
func TestLimitCuts(t *testing.T) {
	before := compiling
	defer func() { compiling = before }()
	compiling.Enough = 1
	outputs, _ := deep(7, 32)
	g := outputs[0].g
	isCut := func() bool {
		prog, err := Compile(outputs, Options{PlanOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(dumped(t, prog), "'")
	}
	if !isCut() {
		t.Error("the work is not cut")
	}
	g.Limit(leastBound)
	g.bound.held = leastBound - workBytes*int64(g.Len()*3/2)
	if isCut() {
		t.Error("the work is cut without memory for that")
	}
}

// TestBounds: what is counted is no less than what graphs of nodes, operands and constants hold, and not many times that.
func TestBounds(t *testing.T) {
	const n, empty = 1 << 16, 64 << 10 // bytes of a graph without nodes, at most
	held := func(make func() any) int64 {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		kept := make()
		runtime.GC()
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(kept)
		return int64(after.HeapAlloc) - int64(before.HeapAlloc)
	}
	for name, build := range map[string]func() *Node{
		"nodes": func() *Node { return tanhs(NewGraph().Variable("x", 2), n) },
		"operands": func() *Node {
			g := NewGraph()
			parts := slices.Repeat([]*Node{g.Variable("x", 2)}, n)
			return Concat(0, parts...)
		},
		"constants": func() *Node {
			data := make([]float64, n)
			data[0] = 1
			return NewGraph().Const(data, n)
		},
	} {
		var y *Node
		real := held(func() any { y = build(); return y })
		if counted := y.g.bound.held; real > counted+empty || real < counted/4 {
			t.Errorf("%s: %d bytes are held, %d are counted", name, real, counted)
		}
	}
}

// TestLeastBound: where nothing is free there is room for a small graph.
func TestLeastBound(t *testing.T) {
	g := NewGraph()
	g.Limit(1)
	y := tanhs(g.Variable("x", 2), 1000)
	if _, err := Compile([]*Node{y}, Options{}); err != nil {
		t.Error(err)
	}
}
