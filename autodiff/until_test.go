package autodiff

import (
	"context"
	"errors"
	"testing"
)

// TestUntil: building, compiling and running end with the context's error, and go on without it.
func TestUntil(t *testing.T) {
	g := NewGraph()
	x := g.Variable("x", 4, 4)
	y := SumAll(Tanh(Dot(x, x, false, false)))
	prog, err := Compile([]*Node{y}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer prog.Close()
	ctx, cancel := context.WithCancel(context.Background())
	if before := g.Until(ctx); before != nil {
		t.Errorf("the context before is %v", before)
	}
	if err := prog.Run(); err != nil {
		t.Errorf("before it is done: %v", err)
	}
	cancel()
	for name, do := range map[string]func() error{
		"build":   func() error { return Maybe(func() { Exp(x) }) },
		"grad":    func() error { return Maybe(func() { Grad(y, []*Node{x}) }) },
		"compile": func() error { _, err := Compile([]*Node{y}, Options{}); return err },
		"plan":    func() error { _, err := Compile([]*Node{y}, Options{PlanOnly: true}); return err },
		"run":     func() error { return prog.Run() },
	} {
		if err := do(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want %v", name, err, context.Canceled)
		}
	}
	var never context.Context
	if before := g.Until(never); before != ctx {
		t.Errorf("the context before is %v", before)
	}
	if err := Maybe(func() { SumAll(Exp(x)) }); err != nil {
		t.Errorf("without it: %v", err)
	}
	if err := prog.Run(); err != nil {
		t.Errorf("without it: %v", err)
	}
}
