package program

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestCutsKeepTheValues cuts work at random and checks that each cut leaves work in order that gives the same values, and so does
// the program at the end.
func TestCutsKeepTheValues(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	twice := 0
	for round := range 24 {
		b := newBuilder()
		outputs := layered(b, 6)
		w := newWork(b.Graph, outputs, true)
		want := w.walk(t, b.values)
		clusters := w.schedule()
		once := w.kernelEffort()
		plain := round%3 == 0
		for range 4 {
			after := w.after(rng.IntN(len(clusters)+1), clusters)
			last := w.lastPhase()
			if slices.Contains(after, true) {
				last++
			}
			w = w.rebuilt(after, w.again(new(network), after, int64(round%3+1)*200, plain))
			clusters = w.schedule()
			verifyPhases(t, w, clusters)
			if got := w.lastPhase(); got != last {
				t.Fatalf("round %d: the last phase is %d, want %d", round, got, last)
			}
			for i, got := range w.walk(t, b.values) {
				if !slices.Equal(got, want[i]) {
					t.Fatalf("round %d: output %d differs", round, i)
				}
			}
		}
		if n := w.kernelEffort(); n < once || plain && n > once {
			t.Errorf("round %d: the effort of kernels went from %d to %d", round, once, n)
		} else if n > once {
			twice++
		}
		r := newRunner(planned(w, clusters, outputs, false), 2, double64)
		for v, data := range b.values {
			r.write(v, 0, data)
		}
		for i := range r.calls {
			r.step(i)
		}
		for i, n := range outputs {
			for k, got := range r.read(n) {
				if d := got - want[i][k]; d > 1e-11 || d < -1e-11 {
					t.Fatalf("round %d: element %d of output %d is %g, want %g", round, k, i, got, want[i][k])
				}
			}
		}
		r.close()
	}
	if twice == 0 {
		t.Error("no product was computed again")
	}
}

// planned is what Compile makes of clusters.
func planned(w *work, clusters []*cluster, outputs []Node, arranged bool) *plan {
	p := w.plan(slices.Clone(clusters), outputs, arranged, nil)
	p.stack()
	p.addUpdates(nil)
	p.allocate()
	return p
}

// verifyPhases checks that all that is computed before a cut comes first, but for what comes early to give memory back.
func verifyPhases(t *testing.T, w *work, clusters []*cluster) {
	t.Helper()
	reached := int32(0)
	for i, c := range clusters {
		phase := w.phase[c.nodes[0]]
		if phase < reached {
			t.Fatalf("cluster %d of phase %d comes in phase %d", i, phase, reached)
		}
		if w.kind(c.nodes[0]).Op == opDot {
			reached = phase
		}
	}
}

func (w *work) lastPhase() (last int32) {
	for _, n := range w.nodes {
		last = max(last, w.phase[n])
	}
	return last
}

// kernelEffort is the effort of what is not elementwise.
func (w *work) kernelEffort() (total int64) {
	for _, n := range w.nodes {
		if !w.kind(n).Elementwise() {
			total += w.effortOf(n)
		}
	}
	return total
}

// TestCutStoresTheSmallest: of a chain across a cut the narrowest tensor is kept, and only products that cost less than their
// memory are computed again.
func TestCutStoresTheSmallest(t *testing.T) {
	b := newBuilder()
	x := b.tanh(b.dot(b.variable(64, 512), b.variable(512, 8))) // [64 8]
	narrow := b.dot(x, b.variable(8, 256))
	a := b.tanh(b.dot(b.exp(narrow), b.variable(256, 256)))
	first := b.sum(a)
	product := b.mul(a, narrow) // reads a and narrow after the cut
	scaled := b.mul(product, b.tanh(product))
	last := b.sum(b.mul(scaled, b.dot(b.variable(64, 1), b.transpose(b.dot(b.variable(256, 1), b.variable(1, 1))))))
	w := newWork(b.Graph, []Node{first, last}, true)
	after := newTable[bool](w)
	for n := product; n <= last; n++ {
		after[n] = true
	}
	for _, c := range []struct {
		price int64
		plain bool
		again []Node
	}{
		{2000, true, nil},                // a and narrow are stored: as large as what they come from
		{150, false, []Node{narrow}},     // 8 multiply-adds an element are worth its memory
		{2000, false, []Node{narrow, a}}, // and so are all 256
	} {
		again := w.again(new(network), after, c.price, c.plain)
		for _, n := range []Node{narrow, a} {
			if want := slices.Contains(c.again, n); again[n] != want {
				t.Errorf("at the price %d node %d computed again: %v, want %v", c.price, n, again[n], want)
			}
		}
	}
}

// thereAndBack is a chain of layers whose results are read once more in the opposite order.
func thereAndBack(b *builder, layers int) Node {
	y := b.variable(64, 64)
	var results []Node
	for range layers {
		h := b.dot(b.dot(y, b.variable(64, 4)), b.variable(4, 64))
		y = b.mul(b.logistic(h), b.tanh(h))
		results = append(results, h, y)
	}
	total := y
	for _, h := range slices.Backward(results) {
		total = b.dot(total, b.exp(h))
	}
	return b.sum(total)
}

// TestEconomizeLowersThePeak: a chain of layers whose results are read once more in the opposite order needs much less memory with
// cuts than without.
func TestEconomizeLowersThePeak(t *testing.T) {
	b := newBuilder()
	outputs := []Node{thereAndBack(b, 40)}
	w := newWork(b.Graph, outputs, true)
	clusters := w.schedule()
	_, before := w.peak(clusters)
	arena := planned(w, clusters, outputs, true).arena()
	less, cut := w.economize(clusters, 1)
	_, peak := less.peak(cut)
	if peak*10 > before*6 {
		t.Errorf("the peak is %d elements, without cuts %d", peak, before)
	}
	if got := planned(less, cut, outputs, true).arena(); got*10 > arena*6 {
		t.Errorf("the program needs %d elements, without cuts %d", got, arena)
	}
	if more := less.kernelEffort() - w.kernelEffort(); float64(more) > maxEffort*float64(w.effort()) {
		t.Errorf("%d of effort are added to %d", more, w.effort())
	}
	if same, _ := w.economize(clusters, before); len(same.nodes) != len(w.nodes) {
		t.Error("work whose memory is enough was cut")
	}
}

// TestEconomizeBoundsTheEffort: of a chain of cheap products, all worth their memory, no more are computed again than the bound
// allows.
func TestEconomizeBoundsTheEffort(t *testing.T) {
	b := newBuilder()
	y := b.variable(64, 64)
	var results []Node
	for i := range 40 {
		inner := 1 + i*7%40 // so that some cost more than others
		y = b.dot(b.dot(y, b.variable(64, inner)), b.variable(inner, 64))
		results = append(results, y)
	}
	for _, h := range slices.Backward(results) {
		y = b.dot(y, h)
	}
	w := newWork(b.Graph, []Node{b.sum(y)}, true)
	effort := float64(w.effort())
	less, _ := w.economize(w.schedule(), 1)
	if more := float64(less.effort()) - effort; more <= 0 || more > maxEffort*effort {
		t.Errorf("%g of effort are added to %g", more, effort)
	}
}

// TestCutsPartTotals: a product that is stored across a cut and one that is computed again after it are not added up in the same
// memory.
func TestCutsPartTotals(t *testing.T) {
	b := newBuilder()
	cheap := b.dot(b.variable(64, 4), b.variable(4, 64))
	costly := b.dot(b.variable(64, 4096), b.variable(4096, 64))
	total := b.add(cheap, costly)
	w := newWork(b.Graph, []Node{b.sum(b.tanh(cheap)), b.sum(b.dot(total, total))}, true)
	after := newTable[bool](w)
	for _, n := range w.nodes {
		after[n] = n == total || slices.ContainsFunc(w.in(n), func(x Node) bool { return after[x] })
	}
	again := w.again(new(network), after, 150, false)
	if !again[cheap] || again[costly] {
		t.Fatalf("computed again: the cheap product %v, the costly one %v", again[cheap], again[costly])
	}
	w = w.rebuilt(after, again)
	clusters := w.schedule()
	verifyPhases(t, w, clusters)
}

// TestTotalsOfTotals adds up products in trees of all forms and checks that each is computed once, also by work with cuts.
func TestTotalsOfTotals(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for range 30 {
		b := newBuilder()
		y := b.variable(8, 8)
		for range 3 {
			var sums []Node
			for range 6 {
				sums = append(sums, b.dot(y, b.variable(8, 8)))
			}
			for len(sums) > 1 {
				i := rng.IntN(len(sums) - 1)
				sums[i] = b.add(sums[i], sums[i+1])
				sums = slices.Delete(sums, i+1, i+2)
			}
			y = b.tanh(sums[0])
		}
		w := newWork(b.Graph, []Node{b.sum(y)}, true)
		for range 3 {
			clusters := w.schedule()
			verifyPhases(t, w, clusters)
			products := 0
			for _, c := range clusters {
				if !c.fused {
					products += len(c.nodes)
				}
			}
			if products != 18 {
				t.Fatalf("%d products are computed, want 18", products)
			}
			after := w.after(rng.IntN(len(clusters)+1), clusters)
			w = w.rebuilt(after, w.again(new(network), after, memoryPrice, true))
		}
	}
}

// TestTwinsHaveNames: in work with cuts each node is printed under a name of its own.
func TestTwinsHaveNames(t *testing.T) {
	b := newBuilder()
	outputs := []Node{thereAndBack(b, 12)}
	w := newWork(b.Graph, outputs, true)
	w, clusters := w.economize(w.schedule(), 1)
	d := dumper{plan: planned(w, clusters, outputs, true), id: func(n Node) int { return int(n) }}
	named := make(map[string]bool)
	twins := 0
	for _, n := range w.nodes {
		if named[d.label(n)] {
			t.Errorf("two nodes are called %s", d.label(n))
		}
		if named[d.label(n)] = true; w.isTwin(n) {
			twins++
		}
	}
	if twins == 0 {
		t.Error("no node is computed again")
	}
}
