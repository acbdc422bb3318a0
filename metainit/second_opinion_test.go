package metainit

import (
	"testing"

	"onnx-metainit/autodiff"
	"onnx-metainit/autodiff/exprgraph"
)

// TestSecondOpinion computes loss, quotients and the slopes of LGQ of the
// reference models by Gorgonia's TapeMachine, node after node and without a
// plan, and compares them with the planned program.
func TestSecondOpinion(t *testing.T) {
	for _, r := range references(t) {
		t.Run(r.name, func(t *testing.T) {
			p := r.problem(t, autodiff.Float64)
			q := p.quotient()
			outputs := q.outputs()
			for _, slope := range q.slopes(true, p.tunable()) {
				if slope != nil {
					outputs = append(outputs, slope)
				}
			}
			prog, err := p.compile(p.opt.Precision, outputs)
			if err != nil {
				t.Fatal(err)
			}
			if err := p.writeParameters(prog); err != nil {
				t.Fatal(err)
			}
			writeBatch(prog, p.sources, 0, 0)
			if err := prog.Run(); err != nil {
				t.Fatal(err)
			}
			tape := tapeOf(t, p, outputs)
			for _, n := range outputs {
				want, err := tape.Value(n)
				if err != nil {
					t.Fatal(err)
				}
				near(t, n.String(), prog.Read(n)[0], want[0], 1e-12)
			}
		})
	}
}

// tapeOf runs outputs of a problem whose data is given.
func tapeOf(t *testing.T, p *Problem, outputs []*autodiff.Node) *exprgraph.Graph {
	t.Helper()
	g, err := exprgraph.New(outputs...)
	if err != nil {
		t.Fatal(err)
	}
	values := make(map[*autodiff.Node][]float64)
	for _, s := range p.sources {
		values[s.node] = s.fixed
	}
	for _, par := range p.parameters {
		if values[par.node], err = par.Tensor.Float64s(); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.Let(values); err != nil {
		t.Fatal(err)
	}
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	return g
}
