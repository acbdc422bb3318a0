package autodiff

import (
	"fmt"
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
	outputs := []*Node{thereAndBack(40)}
	g := outputs[0].g
	isCut := func() bool {
		w, _ := economize(outputs, 0)
		return slices.ContainsFunc(w.phase, func(p int32) bool { return p > 0 })
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
