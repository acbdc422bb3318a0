package program

import (
	"runtime/debug"
	"slices"
	"testing"
)

// The graphs of this file are so large that whatever walks them by recursion overflows a small stack, and whatever takes time by
// their square takes minutes.

const deepChain = 60000

func smallStack(t *testing.T) {
	before := debug.SetMaxStack(1 << 20)
	t.Cleanup(func() { debug.SetMaxStack(before) })
}

// TestDeepChain schedules, cuts and plans a chain of clusters of one node each.
func TestDeepChain(t *testing.T) {
	smallStack(t)
	b := newBuilder()
	y := b.variable(2, 3)
	for range deepChain {
		y = b.sin(b.transpose(y))
	}
	outputs := []Node{b.sum(y)}
	w := newWork(b.Graph, outputs, true)
	clusters := w.schedule()
	if len(clusters) < deepChain {
		t.Fatalf("%d clusters are no chain of %d", len(clusters), deepChain)
	}
	after := w.after(len(clusters)-1, clusters)
	if again := w.again(new(network), after, memoryPrice, true); again[y] {
		t.Error("all the chain is computed again for one node of it")
	}
	all := newTable[bool](w)
	for _, n := range w.nodes {
		all[n] = !after[n]
	}
	twice := w.rebuilt(after, all)
	if len(twice.nodes) != len(w.nodes) { // nobody needs the first ones any more
		t.Errorf("%d nodes are left of %d", len(twice.nodes), len(w.nodes))
	}
	clusters = twice.schedule()
	if p := planned(twice, clusters, outputs, true); len(p.steps) < deepChain || p.arena() > 100 {
		t.Errorf("%d steps in %d elements", len(p.steps), p.arena())
	}
}

// TestDeepViews plans a chain of views each of which is read.
func TestDeepViews(t *testing.T) {
	smallStack(t)
	b := newBuilder()
	y := b.sin(b.variable(2, 2))
	whole := y
	for k := range deepChain {
		if y = b.transpose(y); k%100 == 0 {
			whole = b.add(whole, b.dot(y, y))
		}
	}
	outputs := []Node{whole, y}
	w := newWork(b.Graph, outputs, true)
	p := planned(w, w.schedule(), outputs, true)
	if at := p.locate(y); at.value != p.home.value(b.base(y)) {
		t.Errorf("the last view is in value %d, its base in %d", at.value, p.home.value(b.base(y)))
	}
}

// TestSumOfMany adds up products one after the other, from the last to the first.
func TestSumOfMany(t *testing.T) {
	b := newBuilder()
	x := b.variable(2, 2)
	products := make([]Node, deepChain/2)
	for i := range products {
		products[i] = b.dot(x, b.variable(2, 2))
	}
	sum := products[len(products)-1]
	for _, y := range slices.Backward(products[:len(products)-1]) {
		sum = b.add(sum, y)
	}
	outputs := []Node{b.sum(sum)}
	w := newWork(b.Graph, outputs, true)
	if p := planned(w, w.schedule(), outputs, true); len(p.steps) != len(products)+1 {
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
