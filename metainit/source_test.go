package metainit

import (
	"math/rand/v2"
	"slices"
	"testing"

	"onnx-metainit/autodiff"
)

// TestWriteBatch: noise is one stream over all sources, in whatever blocks it is drawn.
func TestWriteBatch(t *testing.T) {
	g := autodiff.NewGraph()
	x, m, k := g.Variable("x", 3, drawn), g.Variable("m", drawn+1), g.Variable("k", 5)
	outputs := []*autodiff.Node{autodiff.Neg(x), autodiff.Neg(m), autodiff.Neg(k)}
	prog, err := autodiff.Compile(outputs, autodiff.Options{Precision: autodiff.Float64})
	if err != nil {
		t.Fatal(err)
	}
	defer prog.Close()
	writeBatch(prog, []source{{node: x, draw: normal}, {node: m, draw: always(1), same: true}, {node: k, draw: between(-3, 4)}}, 5, 2)
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(5, 2))
	for i, got := range prog.Read(outputs[0]) {
		if want := -rng.NormFloat64(); got != want {
			t.Fatalf("element %d is %v, want %v", i, got, want)
		}
	}
	if ones := prog.Read(outputs[1]); slices.ContainsFunc(ones, func(v float64) bool { return v != -1 }) {
		t.Error("not ones everywhere")
	}
	for i, got := range prog.Read(outputs[2]) {
		if want := -(float64(rng.IntN(8)) - 3); got != want {
			t.Errorf("element %d is %v, want %v", i, got, want)
		}
	}
}
