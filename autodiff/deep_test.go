package autodiff

import (
	"runtime/debug"
	"slices"
	"testing"
)

// The graphs of this file are so large that whatever walks them by recursion
// overflows a small stack, and whatever takes time by their square takes minutes.

const deepChain = 60000

func smallStack(t *testing.T) {
	before := debug.SetMaxStack(1 << 20)
	t.Cleanup(func() { debug.SetMaxStack(before) })
}

// TestDeepChain schedules, cuts and plans a chain of clusters of one node each.
func TestDeepChain(t *testing.T) {
	smallStack(t)
	g := NewGraph()
	y := g.Variable("x", 2, 3)
	for range deepChain {
		y = Sin(Transpose(y, 1, 0))
	}
	w := newWork([]*Node{SumAll(y)})
	clusters := w.schedule()
	verify(t, "schedule", clusters, w.outputs)
	if len(clusters) < deepChain {
		t.Fatalf("%d clusters are no chain of %d", len(clusters), deepChain)
	}
	after := w.after(len(clusters)-1, clusters)
	if again := w.again(new(network), after, memoryPrice, true); again[y.seq] {
		t.Error("all the chain is computed again for one node of it")
	}
	all := newTable[bool](w)
	for _, n := range w.order {
		all[n.seq] = !after[n.seq]
	}
	twice := w.rebuilt(after, all)
	if len(twice.order) != len(w.order) { // nobody needs the first ones any more
		t.Errorf("%d nodes are left of %d", len(twice.order), len(w.order))
	}
	clusters = twice.schedule()
	verify(t, "cut", clusters, twice.outputs)
	if p := twice.plan(clusters, w.outputs, true); len(p.steps) < deepChain || p.arena() > 100 {
		t.Errorf("%d steps in %d elements", len(p.steps), p.arena())
	}
}

// TestDeepViews plans a chain of views each of which is read.
func TestDeepViews(t *testing.T) {
	smallStack(t)
	g := NewGraph()
	y := Sin(g.Variable("x", 2, 2))
	whole := y
	for k := range deepChain {
		if y = Transpose(Reverse(y, k%2), 1, 0); k%100 == 0 {
			whole = Add(whole, Dot(y, y, false, false))
		}
	}
	p := newPlan([]*Node{whole, y}, true)
	if at := p.locate(y); at.value != p.home.value(y.base) {
		t.Errorf("the last view is in value %d, its base in %d", at.value, p.home.value(y.base))
	}
}

// TestWideSum adds up products one after the other, from the last to the first.
func TestWideSum(t *testing.T) {
	g := NewGraph()
	x := g.Variable("x", 2, 2)
	products := make([]*Node, deepChain/2)
	for i := range products {
		products[i] = Dot(x, g.Variable("w", 2, 2), false, false)
	}
	sum := products[len(products)-1]
	for _, y := range slices.Backward(products[:len(products)-1]) {
		sum = Add(sum, y)
	}
	if p := newPlan([]*Node{SumAll(sum)}, true); len(p.steps) != len(products)+1 {
		t.Errorf("%d steps for %d products and a sum", len(p.steps), len(products))
	}
}

// TestLongWay cuts a network at the end of a long way.
func TestLongWay(t *testing.T) {
	smallStack(t)
	var g network
	for range deepChain {
		g.vertex()
	}
	for v := range int32(deepChain - 1) {
		g.connect(v, v+1, int64(deepChain-v))
	}
	if side := g.cut(0, deepChain-1); slices.Contains(side[:deepChain-1], false) || side[deepChain-1] {
		t.Error("the cut is not at the last arc")
	}
}
