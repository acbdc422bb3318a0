package autodiff

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// walk computes the outputs of work node by node, as Evaluate does.
func (w *work) walk(t *testing.T, variables map[*Node][]float64) [][]float64 {
	t.Helper()
	known := make(map[*Node][]float64)
	for _, n := range w.order {
		if data, ok := variables[n]; ok {
			known[n] = data
			continue
		}
		if n.op == OpConst {
			known[n] = n.leaf.data
			continue
		}
		in := make([][]float64, len(n.in))
		for i, x := range n.in {
			if in[i] = known[x]; in[i] == nil && x.Size() > 0 {
				t.Fatalf("%v comes before %v", n, x)
			}
		}
		known[n] = evaluate(n, in)
	}
	var values [][]float64
	for _, n := range w.outputs {
		values = append(values, known[n])
	}
	return values
}

// verifyPhases checks that cuts stay cuts: no cluster has nodes from both sides, all
// that is computed before a cut comes first, and nothing is computed for nobody.
func verifyPhases(t *testing.T, w *work, clusters []*cluster) {
	t.Helper()
	reached := int32(0)
	for i, c := range clusters {
		phase := w.phase[c.nodes[0].seq]
		for _, n := range c.nodes {
			if w.phase[n.seq] != phase {
				t.Fatalf("cluster %d has nodes of the phases %d and %d", i, phase, w.phase[n.seq])
			}
		}
		if phase < reached {
			t.Fatalf("cluster %d of phase %d comes in phase %d", i, phase, reached)
		}
		if c.nodes[0].op == OpConv { // others may come early, to give memory back
			reached = phase
		}
	}
	readers := w.countReaders()
	for _, n := range w.order {
		if readers[n.seq] == 0 {
			t.Fatalf("nobody reads %v", n)
		}
	}
}

// TestCutsKeepTheValues cuts work at random and checks that each cut leaves work
// in order that gives the same values, and so does the program at the end.
func TestCutsKeepTheValues(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	outputs, variables := deep(6)
	want, err := Evaluate(outputs, variables)
	if err != nil {
		t.Fatal(err)
	}
	twice := 0
	for round := range 12 {
		w := newWork(outputs)
		clusters := w.schedule()
		once := w.kernelEffort()
		plain := round%3 == 0
		for range 4 {
			after := w.after(rng.IntN(len(clusters)+1), clusters)
			w = w.rebuilt(after, w.again(new(network), after, int64(round%3+1)*200, plain))
			clusters = w.schedule()
			verify(t, "cut", clusters, w.outputs)
			verifyPhases(t, w, clusters)
			for i, got := range w.walk(t, variables) {
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
		r := newRunner(w.plan(clusters, outputs, false), 2, rows[float64]{
			block: func(k kernels) func(dst, a, b, c []float64) { return k.f64 },
			bind:  func(b binders) binder[float64] { return b.f64 },
		})
		for v, data := range variables {
			r.write(v, 0, data)
		}
		for i := range r.calls {
			r.step(i)
		}
		for i, n := range outputs {
			for k, got := range r.read(n) {
				if d := got - want[i][k]; d > 1e-11*largest(want[i]) || d < -1e-11*largest(want[i]) {
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

// kernelEffort is the effort of what is not elementwise.
func (w *work) kernelEffort() (total int64) {
	for _, n := range w.order {
		if !n.Primitive().Elementwise() {
			total += n.effort()
		}
	}
	return total
}

// TestCutStoresTheSmallest: of a chain across a cut the narrowest tensor is kept,
// and only products that cost less than their memory are computed again.
func TestCutStoresTheSmallest(t *testing.T) {
	g := NewGraph()
	x := Tanh(Dot(g.Variable("x", 64, 512), g.Variable("w", 512, 8), false, false)) // [64 8]
	narrow := Dot(x, g.Variable("v", 8, 256), false, false)
	wide := Dot(Exp(narrow), g.Variable("u", 256, 256), false, false)
	a := Tanh(wide)
	first := SumAll(a)
	last := SumAll(Mul(Mul(a, narrow), first)) // reads a and narrow after the cut
	w := newWork([]*Node{last})
	after := newTable[bool](w)
	for _, n := range []*Node{last, last.in[0], last.in[0].in[0], last.in[0].in[1]} {
		after[n.seq] = true
	}
	for _, c := range []struct {
		price int64
		plain bool
		again []*Node
	}{
		{2000, true, []*Node{a}[:0]},      // a and narrow are stored: as large as what they come from
		{150, false, []*Node{narrow}},     // 8 multiply-adds an element are worth its memory
		{2000, false, []*Node{narrow, a}}, // and so are all 256
	} {
		again := w.again(new(network), after, c.price, c.plain)
		for _, n := range []*Node{narrow, a} {
			if want := slices.Contains(c.again, n); again[n.seq] != want {
				t.Errorf("at the price %d %v computed again: %v, want %v", c.price, n, again[n.seq], want)
			}
		}
	}
}

// thereAndBack is a chain of layers whose results are read once more in the opposite
// order.
func thereAndBack(layers int) *Node {
	g := NewGraph()
	y := g.Variable("x", 64, 64)
	var results []*Node
	for range layers {
		h := Dot(Dot(y, g.Variable("v", 64, 4), false, false), g.Variable("w", 4, 64), false, false)
		y = Mul(Logistic(h), Tanh(h))
		results = append(results, h, y)
	}
	total := y
	for _, h := range slices.Backward(results) {
		total = Dot(total, Exp(h), false, false)
	}
	return SumAll(total)
}

// TestEconomizeLowersThePeak: a chain of layers whose results are read once more
// in the opposite order needs much less memory with cuts than without.
func TestEconomizeLowersThePeak(t *testing.T) {
	w := newWork([]*Node{thereAndBack(40)})
	clusters := w.schedule()
	_, before := w.peak(clusters)
	less, clusters := economize(w.outputs, 0)
	verify(t, "economize", clusters, less.outputs)
	_, peak := less.peak(clusters)
	if peak*10 > before*6 {
		t.Errorf("the peak is %d elements, without cuts %d", peak, before)
	}
	if p, q := less.plan(clusters, w.outputs, true), w.plan(w.schedule(), w.outputs, true); p.arena()*10 > q.arena()*6 {
		t.Errorf("the program needs %d elements, without cuts %d", p.arena(), q.arena())
	}
	if more := less.kernelEffort() - w.kernelEffort(); float64(more) > maxEffort*float64(w.effort()) {
		t.Errorf("%d of effort are added to %d", more, w.effort())
	}
	if same, _ := economize(w.outputs, before); len(same.order) != len(w.order) {
		t.Error("work whose memory is enough was cut")
	}
}

// TestEconomizeBoundsTheEffort: of a chain of cheap products, all worth their
// memory, no more are computed again than the bound allows.
func TestEconomizeBoundsTheEffort(t *testing.T) {
	g := NewGraph()
	y := g.Variable("x", 64, 64)
	var results []*Node
	for i := range 40 {
		inner := 1 + i*7%40 // so that some cost more than others
		y = Dot(Dot(y, g.Variable("v", 64, inner), false, false), g.Variable("w", inner, 64), false, false)
		results = append(results, y)
	}
	for _, h := range slices.Backward(results) {
		y = Dot(y, h, false, false)
	}
	w := newWork([]*Node{SumAll(y)})
	less, _ := economize(w.outputs, 0)
	effort := float64(w.effort())
	if more := float64(less.effort()) - effort; more <= 0 || more > maxEffort*effort {
		t.Errorf("%g of effort are added to %g", more, effort)
	}
}

// TestCutsPartTotals: a product that is stored across a cut and one that is
// computed again after it are not added up in the same memory.
func TestCutsPartTotals(t *testing.T) {
	g := NewGraph()
	cheap := Dot(g.Variable("a", 64, 4), g.Variable("b", 4, 64), false, false)
	dear := Dot(g.Variable("c", 64, 4096), g.Variable("d", 4096, 64), false, false)
	total := Add(cheap, dear)
	w := newWork([]*Node{SumAll(Tanh(cheap)), SumAll(Dot(total, total, false, false))})
	after := newTable[bool](w)
	for _, n := range w.order {
		after[n.seq] = n == total || slices.ContainsFunc(n.in, func(x *Node) bool { return after[x.seq] })
	}
	again := w.again(new(network), after, 150, false)
	if !again[cheap.seq] || again[dear.seq] {
		t.Fatalf("computed again: the cheap product %v, the dear one %v", again[cheap.seq], again[dear.seq])
	}
	w = w.rebuilt(after, again)
	clusters := w.schedule()
	verify(t, "cut", clusters, w.outputs)
	verifyPhases(t, w, clusters)
}

// TestTotalsOfTotals adds up products in trees of all forms and checks that each
// is computed once, also by work with cuts.
func TestTotalsOfTotals(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for range 30 {
		g := NewGraph()
		y := g.Variable("x", 8, 8)
		for range 3 {
			var sums []*Node
			for range 6 {
				sums = append(sums, Dot(y, g.Variable("w", 8, 8), false, false))
			}
			for len(sums) > 1 {
				i := rng.IntN(len(sums) - 1)
				sums[i] = Add(sums[i], sums[i+1])
				sums = slices.Delete(sums, i+1, i+2)
			}
			y = Tanh(sums[0])
		}
		w := newWork([]*Node{SumAll(y)})
		for range 3 {
			clusters := w.schedule()
			verify(t, "totals", clusters, w.outputs)
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
