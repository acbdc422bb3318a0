package autodiff

import (
	"math/rand/v2"
	"testing"
)

// TestSpans takes and gives pieces at random and checks that no two overlap.
func TestSpans(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	var free spans
	var held []span
	total := 0
	for range 5000 {
		if len(held) > 0 && rng.IntN(2) == 0 {
			i := rng.IntN(len(held))
			free.give(held[i].offset, held[i].size)
			total -= held[i].size
			held[i] = held[len(held)-1]
			held = held[:len(held)-1]
			continue
		}
		s := span{size: 16 * (1 + rng.IntN(20))}
		s.offset = free.take(s.size)
		for _, other := range held {
			if s.offset < other.offset+other.size && other.offset < s.offset+s.size {
				t.Fatalf("%v overlaps %v", s, other)
			}
		}
		held = append(held, s)
		total += s.size
	}
	for _, s := range held {
		free.give(s.offset, s.size)
	}
	if len(free.pieces) != 1 || free.pieces[0] != (span{0, free.end}) {
		t.Errorf("after giving all back the free memory is %v of %d", free.pieces, free.end)
	}
}

// TestPlanReusesMemory: a long chain of elementwise steps needs the memory of a
// few tensors, not of all.
func TestPlanReusesMemory(t *testing.T) {
	g := NewGraph()
	x := g.Variable("x", 1000)
	y := x
	for range 50 {
		y = Mul(Tanh(y), x)
	}
	p := newPlan([]*Node{SumAll(y)}, true)
	if p.arena() > 3*1008 {
		t.Errorf("the arena has %d elements for a chain over 1000", p.arena())
	}
	if _, err := Compile([]*Node{y}, Options{MemoryLimit: 1000}); err == nil {
		t.Error("a program beyond the limit was compiled")
	}
}

// TestRunOfSomeOutputs computes outputs of one program apart from each other.
func TestRunOfSomeOutputs(t *testing.T) {
	g := NewGraph()
	x := g.Variable("x", 3)
	a := SumAll(Exp(x))
	b := SumAll(Mul(Exp(x), Tanh(x)))
	prog, err := Compile([]*Node{a, b}, Options{Precision: Float64})
	if err != nil {
		t.Fatal(err)
	}
	values := func(x0 float64, outputs ...*Node) (float64, float64) {
		prog.Write(x, 0, []float64{x0, 0, 0})
		if err := prog.Run(outputs...); err != nil {
			t.Fatal(err)
		}
		return prog.Read(a)[0], prog.Read(b)[0]
	}
	a1, b1 := values(1)
	if _, alone := values(1, b); alone != b1 {
		t.Errorf("b alone is %v, with a %v", alone, b1)
	}
	if alone, _ := values(1, a); alone != a1 {
		t.Errorf("a alone is %v, with b %v", alone, a1)
	}
	if err := prog.Run(x); err == nil {
		t.Error("a node that is no output was run")
	}
}
