package autodiff

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// TestUpdates: a program computes of its own last result, whatever the order of its axes in memory, and whether what is
// computed is written over the variable or copied.
func TestUpdates(t *testing.T) {
	for _, precision := range []Precision{Float32, Float64} {
		for _, readLater := range []bool{false, true} {
			s := NewSampler(3)
			g := s.Graph
			image, filter, step := s.Variable(2, 3, 5, 5), s.Variable(4, 3, 3, 3), g.Variable("step")
			moved, unused := g.Variable("moved", 4, 3, 3, 3), g.Variable("unused", 3)
			y := SumAll(Conv(image, filter, ConvSpec{}))
			nextMoved := Add(Mul(g.Scalar(0.5), moved), Grad(y, []*Node{filter})[0])
			next := Sub(filter, Mul(step, nextMoved))
			nextUnused := Broadcast(g.Scalar(1), []int{3}, nil)
			outputs := []*Node{y, next, nextMoved, nextUnused}
			if readLater {
				outputs = append(outputs, Dot(Reshape(next, 4, 27), Reshape(filter, 4, 27), false, true))
			}
			prog, err := Compile(outputs, Options{Precision: precision, Updates: []Update{{filter, next}, {moved, nextMoved}, {unused, nextUnused}}})
			if err != nil {
				t.Fatal(err)
			}
			defer prog.Close()
			for v, data := range s.Values {
				prog.Write(v, 0, data)
			}
			values := map[*Node][]float64{step: {0.25}, moved: make([]float64, moved.Size())}
			for v, data := range s.Values {
				values[v] = data
			}
			prog.Fill(step, 0.25)
			for range 3 {
				want, err := Evaluate(outputs, values)
				if err != nil {
					t.Fatal(err)
				}
				for range 2 { // the loss alone changes nothing
					if err := prog.Run(y); err != nil {
						t.Fatal(err)
					}
				}
				if err := prog.Run(); err != nil {
					t.Fatal(err)
				}
				for i, n := range outputs {
					for k, got := range prog.Read(n) {
						if d := got - want[i][k]; math.Abs(d) > 1e-5*(1+math.Abs(want[i][k])) {
							t.Fatalf("%v, read later %v: output %d: element %d is %v, want %v", precision, readLater, i, k, got, want[i][k])
						}
					}
				}
				values[filter], values[moved] = want[1], want[2]
			}
		}
	}
}

// TestUpdatesAreInPlace: the steps of an optimizer take no memory beside the variables, and no copies.
func TestUpdatesAreInPlace(t *testing.T) {
	s := NewSampler(3)
	image, filter, moved := s.Variable(2, 3, 5, 5), s.Variable(4, 3, 3, 3), s.Variable(4, 3, 3, 3)
	y := SumAll(Tanh(Conv(image, filter, ConvSpec{})))
	nextMoved := Add(moved, Grad(y, []*Node{filter})[0])
	next := Sub(filter, nextMoved)
	outputs, updates := []*Node{y, next, nextMoved}, []Update{{filter, next}, {moved, nextMoved}}
	const each = 4 * 112                                     // bytes of the memory of 108 elements
	if saved := saved(t, outputs, updates); saved < 2*each { // and copies row by row
		t.Errorf("%d bytes are saved by updates in place, want those of two variables, %d, at least", saved, 2*each)
	}
}

// saved is how many bytes less a program holds whose outputs are written over its variables.
func saved(t *testing.T, outputs []*Node, updates []Update) int64 {
	t.Helper()
	var memory []int64
	for _, list := range [][]Update{nil, updates} {
		prog, err := Compile(outputs, Options{Updates: list, PlanOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		memory = append(memory, prog.Memory())
	}
	return memory[0] - memory[1]
}

func TestUpdatesThatCannotBe(t *testing.T) {
	g := NewGraph()
	x, y := g.Variable("x", 3), g.Variable("y", 2)
	next := Neg(x)
	for want, updates := range map[string][]Update{
		"the same shape": {{y, next}},
		"of a variable":  {{next, next}},
		"already":        {{x, next}, {x, next}},
		"not an output":  {{x, Tanh(x)}},
	} {
		if _, err := Compile([]*Node{next}, Options{Updates: updates}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v, want one with %q", updates, err, want)
		}
	}
}

// TestUpdatesBehindStackedProducts: products that become one step move those behind them.
func TestUpdatesBehindStackedProducts(t *testing.T) {
	s := NewSampler(4)
	w := s.Variable(6, 5)
	total := s.Graph.Scalar(0)
	for range 4 {
		total = Add(total, SumAll(Tanh(Dot(s.Variable(3, 6), w, false, false))))
	}
	g := Grad(total, []*Node{w})[0]
	next := Sub(w, Mul(s.Graph.Scalar(0.5), Mul(g, g)))
	if saved := saved(t, []*Node{total, next}, []Update{{w, next}}); saved != 4*32 {
		t.Errorf("%d bytes are saved by the update in place, want those of 30 elements", saved)
	}
	want, err := Evaluate([]*Node{total, next}, s.Values)
	if err != nil {
		t.Fatal(err)
	}
	prog, err := Compile([]*Node{total, next}, Options{Updates: []Update{{w, next}}})
	if err != nil {
		t.Fatal(err)
	}
	defer prog.Close()
	if products := stackedProducts(t, prog); slices.Max(products) < 2 {
		t.Errorf("the steps compute %v products", products)
	}
	for v, data := range s.Values {
		prog.Write(v, 0, data)
	}
	for range 2 {
		if err := prog.Run(); err != nil {
			t.Fatal(err)
		}
		for i, got := range prog.Read(next) {
			if math.Abs(got-want[1][i]) > 1e-5 {
				t.Fatalf("element %d is %v, want %v", i, got, want[1][i])
			}
		}
		s.Values[w] = want[1]
		if want, err = Evaluate([]*Node{total, next}, s.Values); err != nil {
			t.Fatal(err)
		}
	}
}
