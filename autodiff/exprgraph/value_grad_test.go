package exprgraph

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"onnx-metainit/autodiff"
)

// bowl is (w − 1)² + Σ (v − 2)² + Σ (m − 3)², of weights of all kinds that start at 0.
func bowl(t *testing.T) (g *Graph, model []gorgonia.ValueGrad, loss *autodiff.Node, weights []*autodiff.Node) {
	t.Helper()
	graph := autodiff.NewGraph()
	loss = graph.Scalar(0)
	for i, shape := range [][]int{{}, {3}, {2, 2}} {
		w := graph.Variable("w", shape...)
		d := autodiff.Sub(w, graph.Scalar(float64(i+1)))
		loss = autodiff.Add(loss, autodiff.SumAll(autodiff.Mul(d, d)))
		weights = append(weights, w)
	}
	g, model, err := ValueGrads(loss, weights)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range weights {
		if err := g.Let(map[*autodiff.Node][]float64{w: make([]float64, w.Size())}); err != nil {
			t.Fatal(err)
		}
	}
	return g, model, loss, weights
}

func valueOf(t *testing.T, g *Graph, n *autodiff.Node) []float64 {
	t.Helper()
	v, err := g.Value(n)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func train(t *testing.T, g *Graph, solver gorgonia.Solver, model []gorgonia.ValueGrad, steps int) {
	t.Helper()
	for range steps {
		if err := g.Run(); err != nil {
			t.Fatal(err)
		}
		if err := solver.Step(model); err != nil {
			t.Fatal(err)
		}
	}
}

// TestGradientDescent follows the formula: a step of rate η multiplies the distance from the minimum by 1 − 2η.
func TestGradientDescent(t *testing.T) {
	g, model, loss, weights := bowl(t)
	train(t, g, gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(0.25)), model, 4)
	for i, w := range weights {
		for _, v := range valueOf(t, g, w) {
			if want := float64(i+1) * (1 - 1./16); v != want {
				t.Errorf("weight %v is %v after 4 steps, want %v", w, v, want)
			}
		}
	}
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	if got, want := valueOf(t, g, loss)[0], (1+3*4+4*9)/256.; got != want {
		t.Errorf("the loss is %v after 4 steps, want %v", got, want)
	}
}

func TestSolvers(t *testing.T) {
	rate := gorgonia.WithLearnRate(0.05)
	for _, c := range []struct {
		solver gorgonia.Solver
		falls  float64 // the loss to at most this part of the first
	}{
		{gorgonia.NewVanillaSolver(rate), 0.1},
		{gorgonia.NewMomentum(rate, gorgonia.WithMomentum(0.5)), 0.1},
		{gorgonia.NewAdamSolver(rate, gorgonia.WithL2Reg(1e-4), gorgonia.WithClip(5)), 0.5},
		{gorgonia.NewRMSPropSolver(rate), 0.5},
		{gorgonia.NewAdaGradSolver(), 0.995}, // its rate of 0.001 cannot be chosen
	} {
		g, model, loss, _ := bowl(t)
		train(t, g, c.solver, model, 1)
		first := valueOf(t, g, loss)[0]
		train(t, g, c.solver, model, 30)
		if last := valueOf(t, g, loss)[0]; !(last < c.falls*first) {
			t.Errorf("%T: the loss goes from %v to %v in 30 steps", c.solver, first, last)
		}
	}
}

// TestBarzilaiBorwein: it takes no scalars, and finds the minimum of a bowl at once.
func TestBarzilaiBorwein(t *testing.T) {
	g, model, _, weights := bowl(t)
	train(t, g, gorgonia.NewBarzilaiBorweinSolver(gorgonia.WithLearnRate(0.1)), model[1:], 2)
	if got := valueOf(t, g, weights[2]); math.Abs(got[3]-3) > 1e-12 {
		t.Errorf("the weight is %v, want 3", got)
	}
}

// TestGradientsAreCopies has gradients that are another variable, a constant, and one node for two weights: solvers write
// into what they are given.
func TestGradientsAreCopies(t *testing.T) {
	graph := autodiff.NewGraph()
	w, x, a, b, free := graph.Variable("w", 2), graph.Variable("x", 2), graph.Variable("a", 2), graph.Variable("b", 2), graph.Variable("free", 2)
	loss := autodiff.Add(autodiff.SumAll(autodiff.Mul(w, x)), autodiff.SumAll(autodiff.Add(a, b)))
	g, model, err := ValueGrads(loss, []*autodiff.Node{w, a, b, free})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Let(map[*autodiff.Node][]float64{w: {1, 2}, x: {1, 2}, a: {1, 2}, b: {1, 2}, free: {1, 2}}); err != nil {
		t.Fatal(err)
	}
	train(t, g, gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(0.5)), model, 2)
	for v, want := range map[*autodiff.Node][]float64{w: {0, 0}, x: {1, 2}, a: {0, 1}, b: {0, 1}, free: {1, 2}} {
		if got := valueOf(t, g, v); !slices.Equal(got, want) {
			t.Errorf("%q is %v after 2 steps, want %v", v.Name(), got, want)
		}
	}
}

// TestTrainingOnDerivatives lowers the squared gradient of a function: its solver needs second derivatives.
func TestTrainingOnDerivatives(t *testing.T) {
	graph := autodiff.NewGraph()
	w := graph.Variable("w")
	slope := autodiff.Grad(autodiff.Sin(w), []*autodiff.Node{w})[0]
	g, model, err := ValueGrads(autodiff.Mul(slope, slope), []*autodiff.Node{w})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Let(map[*autodiff.Node][]float64{w: {1}}); err != nil {
		t.Fatal(err)
	}
	train(t, g, gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(0.25)), model, 60)
	if got := valueOf(t, g, w)[0]; math.Abs(got-math.Pi/2) > 1e-6 {
		t.Errorf("the slope of the sine is least at %v, want π/2", got)
	}
}

func TestValueGradErrors(t *testing.T) {
	graph := autodiff.NewGraph()
	x, y, none := graph.Variable("x"), graph.Variable("y", 2), graph.Variable("none", 0)
	other := autodiff.NewGraph().Variable("other")
	build := func(loss *autodiff.Node, weights ...*autodiff.Node) error {
		_, _, err := ValueGrads(loss, weights)
		return err
	}
	g, model, err := ValueGrads(autodiff.Mul(x, x), []*autodiff.Node{x})
	if err != nil {
		t.Fatal(err)
	}
	solver := gorgonia.NewAdamSolver()
	unset := solver.Step(model)
	if err := g.Let(map[*autodiff.Node][]float64{x: {1}}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{build(x, autodiff.Exp(x)), "is not a variable"},
		{build(x, other), `weight "other" is not of the graph`},
		{build(x, none), `weight "none" of shape [0] has no elements`},
		{build(x, x, x), `weight "x" is named twice`},
		{build(y, y), "needs a scalar, got shape [2]"},
		{unset, `weight "x" has no value: give it one by Let`},
		{solver.Step(model), `gradient by "x" has no value: call Run first`},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", c.err, c.want)
		}
	}
}
