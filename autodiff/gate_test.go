package autodiff

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestNothingPassesAClosedGate walks the table: where a result does not change with an
// element of an operand, NaN behind it does not reach that element's derivative, forwards or
// backwards. Products are left out: 0·NaN is what they are.
func TestNothingPassesAClosedGate(t *testing.T) {
	closed := make(map[Op]bool)
	for op := range opCount {
		switch op {
		case OpMul, OpDiv, OpDot, OpConv, OpConvInput, OpConvFilter:
			continue
		}
		s := NewSampler(uint64(op))
		for i, y := range s.Samples(op) {
			for _, n := range ancestors([]*Node{y}) {
				if n.op == OpVariable && checkClosed(t, fmt.Sprintf("%s %d", table[op].Name, i), s, y, n) {
					closed[op] = true
				}
			}
		}
	}
	for _, op := range []Op{OpReLU, OpMax, OpMin, OpSelect, OpSlice, OpPad, OpTake, OpTakeAlong, OpWindowTake} {
		if !closed[op] {
			t.Errorf("no sample of %s selects", table[op].Name)
		}
	}
}

// checkClosed checks the derivatives of y by the elements of x that it does not change with,
// and reports whether there are any.
func checkClosed(t *testing.T, name string, s *Sampler, y, x *Node) bool {
	t.Helper()
	nan := s.Graph.fill(math.NaN(), y.shape)
	dx := VJP([]*Node{y}, []*Node{nan}, []*Node{x})[0]
	if dx == nil {
		return false
	}
	back, found := compute(t, s, dx), false
	for k := range s.Values[x] {
		if !unmoved(t, s, y, x, k) {
			continue
		}
		found = true
		if back[k] != 0 {
			t.Errorf("%s: the cotangent of element %d is %v, want 0", name, k, back[k])
		}
		direction := make([]float64, x.Size())
		direction[k] = math.NaN()
		dy := JVP([]*Node{y}, []*Node{x}, []*Node{s.Graph.Const(direction, x.shape...)})[0]
		if dy == nil {
			continue
		}
		for i, v := range compute(t, s, dy) {
			if v != 0 {
				t.Errorf("%s: the tangent of result %d along element %d is %v, want 0", name, i, k, v)
			}
		}
	}
	return found
}

// unmoved reports whether y stays the same when element k of x moves a little.
func unmoved(t *testing.T, s *Sampler, y, x *Node, k int) bool {
	t.Helper()
	at := compute(t, s, y)
	v := s.Values[x]
	defer func(old float64) { v[k] = old }(v[k])
	v[k] += 1e-3
	for i, moved := range compute(t, s, y) {
		if moved != at[i] {
			return false
		}
	}
	return true
}

// TestDerivativesBehindAGate: f is computed of what a gate lets pass, 0 where it is closed, and
// passed by one. There the derivatives of every order are 0, whatever those of f are at 0,
// and elsewhere they are those of f.
func TestDerivativesBehindAGate(t *testing.T) {
	gates := map[string]func(x *Node) *Node{
		"relu":   ReLU,
		"max":    func(x *Node) *Node { return Max(x.g.Scalar(0), x) },
		"min":    func(x *Node) *Node { return Neg(Min(x.g.Scalar(0), Neg(x))) },
		"select": func(x *Node) *Node { return Select(Less(x, x.g.Scalar(0)), x.g.Scalar(0), x) },
	}
	for op := range opCount {
		p := &table[op]
		if !p.Elementwise() || p.partial == nil {
			continue
		}
		variable := (*Sampler).Variable
		if op == OpAsin {
			variable = (*Sampler).Fraction
		}
		for through, pass := range gates {
			s := NewSampler(5)
			x := variable(s, 8)
			f := func(x *Node) *Node {
				if p.Arity == 2 {
					return x.g.apply(op, nil, x.g.fill(1.5, x.shape), x)
				}
				return x.g.apply(op, nil, x)
			}
			checkBehindGate(t, fmt.Sprintf("%s of %s", p.Name, through), s, x, f(pass(x)), f(x))
			if p.Arity == 2 {
				second := func(x *Node) *Node { return x.g.apply(op, nil, x, x.g.fill(1.5, x.shape)) }
				checkBehindGate(t, fmt.Sprintf("%s of %s and 1.5", p.Name, through), s, x, second(pass(x)), second(x))
			}
			guarded := Select(Less(s.Graph.Scalar(0), x), f(pass(x)), s.Graph.Scalar(0))
			checkBehindGate(t, fmt.Sprintf("%s of %s, guarded", p.Name, through), s, x, guarded, f(x))
		}
	}
}

// checkBehindGate compares the derivatives of y by x, of orders 1 to 4, with 0 where x < 0 and
// those of f elsewhere: forwards only, back only, back and then forwards as the quotient takes
// them, and in turns.
func checkBehindGate(t *testing.T, name string, s *Sampler, x, y, f *Node) {
	t.Helper()
	rng := rand.New(rand.NewPCG(3, 4))
	for _, mode := range []int{0b0000, 0b1111, 0b0001, 0b1010} {
		dy, df := y, f
		for order := range 4 {
			w := randomLike(s, x, rng)
			for _, d := range []**Node{&dy, &df} {
				if mode>>order&1 == 0 {
					*d = orZero(JVP([]*Node{*d}, []*Node{x}, []*Node{w})[0], x)
				} else {
					*d = orZero(VJP([]*Node{*d}, []*Node{w}, []*Node{x})[0], x)
				}
			}
			got, want := compute(t, s, dy), compute(t, s, df)
			for k, v := range s.Values[x] {
				if v < 0 {
					want[k] = 0
				}
				if !(math.Abs(got[k]-want[k]) <= 1e-12*math.Abs(want[k])) {
					t.Fatalf("%s at %v: derivative %d in modes %04b is %v, want %v", name, v, order+1, mode, got[k], want[k])
				}
			}
		}
	}
}

func orZero(d, x *Node) *Node {
	if d == nil {
		return x.g.fill(0, x.shape)
	}
	return d
}

// TestGuardedDivisions: x/d and the like, selected where d is not 0, with d repeated along an
// axis. Derivatives are taken as the quotient takes them: back once, then forwards.
func TestGuardedDivisions(t *testing.T) {
	guarded := map[string]func(x, d *Node) *Node{
		"x/d":      Div,
		"1−3x/d":   func(x, d *Node) *Node { return Sub(d.g.Scalar(1), Mul(d.g.Scalar(3), Div(x, d))) },
		"x/√|d|":   func(x, d *Node) *Node { return Div(x, Sqrt(Abs(d))) },
		"x·|d|^-½": func(x, d *Node) *Node { return Mul(x, Pow(Abs(d), d.g.Const([]float64{-0.5, -0.6, -0.7}, 3))) },
		"reshaped": func(x, d *Node) *Node { return Reshape(Div(Reshape(x, 6), Reshape(BroadcastTo(d, 2, 3), 6)), 2, 3) },
	}
	for name, f := range guarded {
		g := NewGraph()
		x, d := g.Variable("x", 2, 3), g.Variable("d", 2, 1)
		values := map[*Node][]float64{x: {1, 2, 3, 4, 5, 6}, d: {0, 2}}
		y := Select(Equal(d, g.Scalar(0)), g.Scalar(0), f(x, d))
		moved, along := []*Node{x, d}, []*Node{g.fill(1, x.shape), g.fill(1, d.shape)}
		dy := Grad(SumAll(Mul(y, y)), moved)
		for order := 1; order <= 4; order++ {
			got, err := Evaluate(dy, values)
			if err != nil {
				t.Fatal(err)
			}
			if closed := append(got[0][:3:3], got[1][0]); slices.ContainsFunc(closed, func(v float64) bool { return v != 0 }) {
				t.Errorf("%s: derivatives of order %d where d = 0 are %v, want 0", name, order, closed)
			}
			if open := append(got[0][3:6:6], got[1][1]); slices.ContainsFunc(open, func(v float64) bool { return v-v != 0 }) {
				t.Errorf("%s: derivatives of order %d where d = 2 are %v", name, order, open)
			}
			dy = JVP(dy, moved, along)
			dy[0], dy[1] = orZero(dy[0], x), orZero(dy[1], d)
		}
	}
}

// TestSlopesKeepGates: a chain with a closed gate inside stops what is NaN behind it, as
// its primitives one by one do.
func TestSlopesKeepGates(t *testing.T) {
	g := NewGraph()
	x := g.Variable("x", 2)
	r := ReLU(Sub(x, g.Scalar(1)))
	for name, y := range map[string]*Node{"square": Mul(r, r), "sine of it": Sin(Mul(r, r)), "twice": Mul(Sin(r), ReLU(Sub(r, g.Scalar(2))))} {
		if y.root != x.id || !y.curved {
			t.Errorf("%s is no curved chain of x", name)
		}
		nan := g.fill(math.NaN(), x.shape)
		dx := VJP([]*Node{y}, []*Node{nan}, []*Node{x})[0]
		dy := JVP([]*Node{y}, []*Node{x}, []*Node{nan})[0]
		got, err := Evaluate([]*Node{dx, dy}, map[*Node][]float64{x: {0, 4}})
		if err != nil {
			t.Fatal(err)
		}
		if got[0][0] != 0 || got[1][0] != 0 || !math.IsNaN(got[0][1]) {
			t.Errorf("%s of NaN: cotangent %v, tangent %v", name, got[0], got[1])
		}
	}
}

// TestDerivativesAtZero: |x| and x⁰ have the derivative 0 at 0, whatever is behind.
func TestDerivativesAtZero(t *testing.T) {
	g := NewGraph()
	x := g.Variable("x", 2)
	for name, y := range map[string]*Node{"abs": Abs(x), "pow": Pow(x, g.Const([]float64{0, 2}, 2))} {
		dx := VJP([]*Node{y}, []*Node{g.Const([]float64{math.NaN(), 1}, 2)}, []*Node{x})[0]
		got, err := Evaluate([]*Node{dx}, map[*Node][]float64{x: {0, 0}})
		if err != nil {
			t.Fatal(err)
		}
		if got[0][0] != 0 || got[0][1] != 0 {
			t.Errorf("the derivative of %s at 0 is %v, want 0", name, got[0])
		}
	}
}

// TestGatesStayBehindFactorsWithoutPoles: what passes a gate is shared by all that scale it,
// with a factor for each row of 1/σ too; a mask for each row guards that.
func TestGatesStayBehindFactorsWithoutPoles(t *testing.T) {
	g := NewGraph()
	x, y, s, dy := g.Variable("x", 2, 3), g.Variable("y", 2, 3), g.Variable("s", 2, 1), g.Variable("dy", 2, 3)
	rows := BroadcastTo(Reciprocal(s), 2, 3)
	byElement, byRow := gate{x, true}, gate{BroadcastTo(s, 2, 3), true}
	for name, c := range map[string]struct{ got, want *Node }{
		"a factor":                          {times(y, byElement.pass(dy)), Mul(y, byElement.pass(dy))},
		"a pole":                            {times(Reciprocal(y), byElement.pass(dy)), byElement.pass(Mul(Reciprocal(y), dy))},
		"a division by a constant":          {times(Div(y, g.Scalar(3)), byElement.pass(dy)), Mul(Div(y, g.Scalar(3)), byElement.pass(dy))},
		"a pole for each row":               {times(rows, byElement.pass(dy)), Mul(rows, byElement.pass(dy))},
		"a pole and a gate for each row":    {times(rows, byRow.pass(dy)), byRow.pass(Mul(rows, dy))},
		"a pole of the negative":            {times(Log(y), Neg(byElement.pass(dy))), byElement.pass(Mul(Log(y), Neg(byElement.pass(dy))))},
		"gates one behind the other":        {times(Log(y), byRow.pass(byElement.pass(dy))), byRow.pass(byElement.pass(Mul(Log(y), dy)))},
		"a product with a pole for a row":   {times(Mul(y, rows), byElement.pass(dy)), Mul(Mul(y, rows), byElement.pass(dy))},
		"the sum of two that pass the same": {times(Log(y), Add(byElement.pass(dy), byElement.pass(y))), byElement.pass(Mul(Log(y), Add(byElement.pass(dy), byElement.pass(y))))},
	} {
		if c.got != c.want {
			t.Errorf("%s: the product is %v, want %v", name, c.got, c.want)
		}
	}
}
