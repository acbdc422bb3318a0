package autodiff

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSettle checks that tenants that meet have places apart, and that the places
// together are hardly more than what is let at once.
func TestSettle(t *testing.T) {
	for _, c := range []struct {
		name   string
		settle func([]*tenant)
		count  int
		most   float64 // times what is let at once
	}{
		{"by size", settleBySize, 300, 1.2},
		{"by time", settleByTime, 300, 1.5},
		{"many", settle, 2 * manyTenants, 1.5},
	} {
		rng := rand.New(rand.NewPCG(1, 1))
		for range 20 {
			var list []*tenant
			live := make([]int, c.count)
			for i := range live {
				u := &tenant{size: 16 * (1 + rng.IntN(20)), first: i, last: min(i+rng.IntN(80), len(live)-1)}
				list = append(list, u)
				for i := u.first; i <= u.last; i++ {
					live[i] += u.size
				}
			}
			settled := slices.Clone(list)
			c.settle(settled)
			end := 0
			for i, u := range list {
				end = max(end, u.offset+u.size)
				for _, o := range list[max(i-80, 0):i] {
					if u.meets(o) && u.offset < o.offset+o.size && o.offset < u.offset+u.size {
						t.Fatalf("%s: %+v overlaps %+v", c.name, *u, *o)
					}
				}
			}
			if peak := slices.Max(live); float64(end) > c.most*float64(peak) {
				t.Errorf("%s: %d elements for a peak of %d", c.name, end, peak)
			}
			if c.count >= manyTenants {
				break
			}
		}
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
