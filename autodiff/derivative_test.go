package autodiff

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// TestDerivatives checks every primitive at orders 1 to 4: the symbolic
// derivative of order k, along random directions, against one central
// difference of the symbolic derivative of order k−1. Reverse mode is checked
// against forward mode by ⟨w, J v⟩ = ⟨Jᵀ w, v⟩ at each order.
func TestDerivatives(t *testing.T) {
	for op := range opCount {
		p := &table[op]
		if p.samples == nil {
			if op != OpVariable && op != OpConst {
				t.Errorf("%s has no samples", p.Name)
			}
			continue
		}
		if op == OpStop { // its derivative is zero by definition, not by differences
			continue
		}
		t.Run(p.Name, func(t *testing.T) {
			s := NewSampler(uint64(op))
			for i, y := range s.Samples(op) {
				checkOrders(t, fmt.Sprintf("sample %d", i), s, y, 4)
			}
		})
	}
}

func checkOrders(t *testing.T, name string, s *Sampler, y *Node, orders int) {
	t.Helper()
	rng := rand.New(rand.NewPCG(7, uint64(y.id)))
	var xs []*Node
	for _, n := range ancestors([]*Node{y}) {
		if n.op == OpVariable && len(s.Values[n]) > 0 {
			xs = append(xs, n)
		}
	}
	for order := 1; order <= orders; order++ {
		directions := make([]*Node, len(xs))
		for i, x := range xs {
			directions[i] = randomLike(s, x, rng)
		}
		dy := JVP([]*Node{y}, xs, directions)[0]
		if dy == nil {
			dy = s.Graph.fill(0, y.shape)
		}
		want := difference(t, s, y, xs, directions)
		got := compute(t, s, dy)
		scale := 1e-6 * (1 + largest(want))
		for i := range want {
			if math.Abs(got[i]-want[i]) > scale*10 {
				t.Fatalf("%s order %d: element %d of %v is %g, by differences %g", name, order, i, dy, got[i], want[i])
			}
		}
		checkAdjoint(t, name, order, s, y, dy, xs, directions, rng)
		y = dy
	}
}

func checkAdjoint(t *testing.T, name string, order int, s *Sampler, y, dy *Node, xs, directions []*Node, rng *rand.Rand) {
	t.Helper()
	w := randomLike(s, y, rng)
	left := compute(t, s, SumAll(Mul(w, dy)))[0]
	right := 0.0
	for i, dx := range VJP([]*Node{y}, []*Node{w}, xs) {
		if dx != nil {
			right += compute(t, s, SumAll(Mul(dx, directions[i])))[0]
		}
	}
	if math.Abs(left-right) > 1e-9*(1+math.Abs(left)) {
		t.Fatalf("%s order %d: ⟨w, Jv⟩ = %g but ⟨Jᵀw, v⟩ = %g", name, order, left, right)
	}
}

// difference is the central difference of y along the directions.
func difference(t *testing.T, s *Sampler, y *Node, xs, directions []*Node) []float64 {
	t.Helper()
	const h = 1e-5
	at := func(step float64) []float64 {
		moved := make(map[*Node][]float64)
		for n, v := range s.Values {
			moved[n] = v
		}
		for i, x := range xs {
			v := append([]float64(nil), s.Values[x]...)
			for k, d := range directions[i].leaf.data {
				v[k] += step * d
			}
			moved[x] = v
		}
		out, err := Evaluate([]*Node{y}, moved)
		if err != nil {
			t.Fatal(err)
		}
		return out[0]
	}
	plus, minus := at(h), at(-h)
	diff := make([]float64, len(plus))
	for i := range diff {
		diff[i] = (plus[i] - minus[i]) / (2 * h)
	}
	return diff
}

func compute(t *testing.T, s *Sampler, n *Node) []float64 {
	t.Helper()
	out, err := Evaluate([]*Node{n}, s.Values)
	if err != nil {
		t.Fatal(err)
	}
	return out[0]
}

// randomLike returns a random constant of the shape of x, never stored as a
// repeated scalar.
func randomLike(s *Sampler, x *Node, rng *rand.Rand) *Node {
	data := make([]float64, x.Size())
	for i := range data {
		data[i] = rng.NormFloat64()
	}
	return s.Graph.addLeaf(OpConst, x.shape, leaf{data: data})
}

func largest(v []float64) float64 {
	m := 0.0
	for _, x := range v {
		m = max(m, math.Abs(x))
	}
	return m
}

func TestStopHasNoDerivative(t *testing.T) {
	g := NewGraph()
	x := g.Variable("x")
	y := Mul(Stop(x), x)
	if dx := Grad(y, []*Node{x})[0]; dx != Stop(x) {
		t.Errorf("derivative of stop(x)·x is %v, want stop(x)", dx)
	}
	if dy := JVP([]*Node{Stop(x)}, []*Node{x}, []*Node{g.Scalar(1)})[0]; dy != nil {
		t.Errorf("tangent of stop(x) is %v, want none", dy)
	}
}
