package autodiff

import (
	"fmt"
	"math"
	"testing"
)

// plainProduct is a·b without a product.
func plainProduct(a, b *Node) *Node {
	m, k, n := a.shape[0], a.shape[1], b.shape[1]
	return Sum(Mul(Broadcast(a, []int{m, k, n}, []int{0, 1}), Broadcast(b, []int{m, k, n}, []int{1, 2})), 1)
}

// TestReassociate multiplies by products and by sums with products, in all orientations: the
// values are those of the definition, and it takes fewer multiply-adds.
func TestReassociate(t *testing.T) {
	s := NewSampler(5)
	// x is 2 × 24; the others are 24 × 24, as products with 2 between.
	orient := func(x *Node, trans bool) (*Node, *Node) { // as it is given, and as it is meant
		if trans {
			return x, Transpose(x, 1, 0)
		}
		return x, x
	}
	for flags := range 16 {
		rows := s.Variable(2, 24)
		left := func(trans bool) *Node { return s.Variable(swapped(trans, 24, 2)...) }
		p, q, rest := left(flags&1 > 0), s.Variable(swapped(flags&2 > 0, 2, 24)...), s.Variable(24, 24)
		product := func() (given, meant *Node) {
			pg, pm := orient(p, flags&1 > 0)
			qg, qm := orient(q, flags&2 > 0)
			return Dot(pg, qg, flags&1 > 0, flags&2 > 0), plainProduct(pm, qm)
		}
		given, meant := product()
		for name, c := range map[string]struct {
			given, meant *Node
			most         int64 // multiply-adds, of a product with rows
		}{
			"product":    {given, meant, 2*2*24 + 2*2*24},
			"sum":        {Add(rest, given), Add(rest, meant), 2*2*24 + 2*2*24 + 2*24*24},
			"difference": {Sub(rest, given), Sub(rest, meant), 2*2*24 + 2*2*24 + 2*24*24},
			"negative":   {Sub(Exp(rest), Add(given, rest)), Sub(Exp(rest), Add(meant, rest)), 2*2*24 + 2*2*24 + 2*24*24},
		} {
			for side := range 2 {
				x, y, trans := rows, c.given, flags&4 > 0
				want := plainProduct(rows, swapIfNode(trans, c.meant))
				got := Dot(x, y, false, trans)
				if side == 1 { // (rows · y)ᵀ = yᵀ · rowsᵀ
					want, got = Transpose(want, 1, 0), Dot(y, x, !trans, true)
				}
				name := fmt.Sprintf("%s, orientation %d, side %d", name, flags, side)
				if d := distance(compute(t, s, got), compute(t, s, want)); !(d <= 1e-12) {
					t.Errorf("%s: differs by %v", name, d)
				}
				if n := MultiplyAdds([]*Node{got}); n > c.most {
					t.Errorf("%s: takes %d multiply-adds, want at most %d", name, n, c.most)
				}
			}
		}
	}
}

func swapped(swap bool, rows, columns int) []int {
	rows, columns = swapIf(swap, rows, columns)
	return []int{rows, columns}
}

func swapIfNode(trans bool, x *Node) *Node {
	if trans {
		return Transpose(x, 1, 0)
	}
	return x
}

// TestReassociateLeaves what would take longer by factors, and sums of many terms. A product
// must not take more than half.
func TestReassociateLeaves(t *testing.T) {
	const n = 96
	s := NewSampler(6)
	x := s.Variable(2, n)
	product := func(inner int) *Node { return Dot(s.Variable(n, inner), s.Variable(inner, n), false, false) }
	sum := s.Variable(n, n)
	for range mostTerms - 1 {
		sum = Add(sum, product(1))
	}
	for name, c := range map[string]struct {
		y      *Node
		leaves bool
	}{
		"product":          {product(n / 5), false},
		"larger product":   {product(n / 3), true},
		"sum":              {Add(s.Variable(n, n), product(n/8)), false},
		"sum of larger":    {Add(s.Variable(n, n), product(n/5)), true},
		"sum of most":      {sum, false},
		"sum of more":      {Add(sum, product(1)), true},
		"sum without them": {Add(s.Variable(n, n), Exp(s.Variable(n, n))), true},
	} {
		got := Dot(x, c.y, false, false)
		if leaves := got.op == OpDot && got.in[1] == c.y; leaves != c.leaves {
			t.Errorf("%s: left as it is %v, want %v", name, leaves, c.leaves)
		}
	}
}

// TestUnstop: a product by a Stop is one by the factors of its operand, without changing
// derivatives that were taken along the Stop.
func TestUnstop(t *testing.T) {
	s := NewSampler(7)
	x, w := s.Variable(2, 24), s.Variable(24, 24)
	loss := SumAll(Exp(Mul(x.g.Scalar(0.1), Dot(x, w, false, false))))
	g := Grad(loss, []*Node{w})[0]
	u := Stop(g)
	p := JVP([]*Node{g}, []*Node{w}, []*Node{u})[0]
	slope := SumAll(JVP([]*Node{p}, []*Node{w, u}, []*Node{u, Sin(w)})[0])
	size := SumAll(p)
	got := Unstop([]*Node{slope, size}, []*Node{u})
	for i, n := range []*Node{slope, size} {
		a, b := compute(t, s, got[i])[0], compute(t, s, n)[0]
		if math.Abs(a-b) > 1e-12*math.Abs(b) {
			t.Errorf("output %d is %v, want %v", i, a, b)
		}
	}
	if before, after := MultiplyAdds([]*Node{slope, size}), MultiplyAdds(got); after >= before {
		t.Errorf("takes %d multiply-adds, and %d before", after, before)
	}
	y := s.Variable(30, 24) // more samples than there are rows and columns
	stop := Stop(Grad(SumAll(Exp(Dot(y, w, false, false))), []*Node{w})[0])
	product := Dot(y, stop, false, false)
	if got := Unstop([]*Node{product}, []*Node{stop}); got[0] != product {
		t.Error("a product by factors that are no smaller is not what it was")
	}
}
