package autodiff

import "testing"

// TestPlanReusesMemory: a long chain of elementwise steps needs the memory of a
// few tensors, not of all.
func TestPlanReusesMemory(t *testing.T) {
	g := NewGraph()
	x := g.Variable("x", 1000)
	y := x
	for range 50 {
		y = Mul(Tanh(y), x)
	}
	prog, err := Compile([]*Node{SumAll(y)}, Options{PlanOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if tensors := prog.Memory() / (4 * 1008); tensors > 1+3 {
		t.Errorf("the program holds %d tensors, one of them the variable", tensors)
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
