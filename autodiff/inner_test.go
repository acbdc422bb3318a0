package autodiff

import (
	"math"
	"runtime/debug"
	"testing"
)

// TestInnerComputesNoWeightGradient: with the forward product in the graph, the
// scalar product of a weight gradient with its weight holds no product of its
// own.
func TestInnerComputesNoWeightGradient(t *testing.T) {
	s := NewSampler(1)
	x, w, filter, table := s.Variable(5, 4), s.Variable(3, 4), s.Variable(2, 1, 3, 3), s.Variable(6, 4)
	image, batch, factor := s.Variable(2, 1, 5, 5), s.Variable(2, 5, 4), s.Variable(4, 3)
	cases := map[string]struct{ y, w *Node }{
		"dot":   {Tanh(Dot(x, w, false, true)), w},
		"conv":  {Tanh(Conv(image, filter, ConvSpec{Strides: []int{2, 2}})), filter},
		"moved": {Tanh(MatMul(x, Transpose(Reshape(w, 3, 4), 1, 0))), w},
		"batch": {Tanh(Dot(batch, BroadcastTo(factor, 2, 4, 3), false, false)), factor},
		"table": {Tanh(Take(table, s.Index(6, 3), 0)), table},
	}
	for name, c := range cases {
		loss := SumAll(Mul(c.y, c.y))
		grad := Grad(loss, []*Node{c.w})[0]
		inner, _ := Inner(grad, c.w)
		plain := SumAll(Mul(grad, c.w))
		if got, want := compute(t, s, inner)[0], compute(t, s, plain)[0]; math.Abs(got-want) > 1e-12*(1+math.Abs(want)) {
			t.Errorf("%s: ⟨g, w⟩ is %v, want %v", name, got, want)
		}
		if forward := MultiplyAdds([]*Node{loss}); MultiplyAdds([]*Node{inner}) != forward {
			t.Errorf("%s: takes %d multiply-adds, the forward pass %d", name, MultiplyAdds([]*Node{inner}), forward)
		}
	}
	u := Exp(x)
	if inner, size := Inner(u, x); inner != SumAll(Mul(u, x)) || size != SumAll(Abs(Mul(u, x))) {
		t.Error("what is no product is not a plain scalar product")
	}
}

// TestInnerOfSums: the terms of a sum have its signs.
func TestInnerOfSums(t *testing.T) {
	s := NewSampler(3)
	a, b, w := s.Variable(3, 4), s.Variable(3, 4), s.Variable(3, 4)
	for _, u := range []*Node{Neg(Exp(a)), Add(Exp(a), b), Sub(Exp(a), Exp(b)), Sub(Neg(a), Add(b, Exp(a)))} {
		inner, _ := Inner(u, w)
		if got, want := compute(t, s, inner)[0], compute(t, s, SumAll(Mul(u, w)))[0]; math.Abs(got-want) > 1e-12*(1+math.Abs(want)) {
			t.Errorf("⟨%v, w⟩ is %v, want %v", u, got, want)
		}
	}
}

// TestInnerOfDeepSums: a term that a sum of sums holds any number of times is
// looked at once, and a sum may be as deep as it likes.
func TestInnerOfDeepSums(t *testing.T) {
	const deepChain = 60000
	before := debug.SetMaxStack(1 << 20) // a walk by recursion overflows it
	t.Cleanup(func() { debug.SetMaxStack(before) })
	s := NewSampler(2)
	x, w := s.Variable(2, 3), s.Variable(3, 4)
	doubled := w
	for range 80 {
		doubled = Add(doubled, doubled)
	}
	y := Dot(x, doubled, false, false)
	grad := Grad(SumAll(y), []*Node{w})[0]
	inner, _ := Inner(grad, w)
	if got, want := compute(t, s, inner)[0], compute(t, s, SumAll(y))[0]; math.Abs(got-want) > 1e-12*math.Abs(want) {
		t.Errorf("⟨g, w⟩ is %v, want %v", got, want)
	}
	sum, small := w, s.Variable(3, 4)
	for range deepChain {
		sum = Add(small, sum)
	}
	inner, _ = Inner(sum, w)
	got, want := compute(t, s, inner)[0], compute(t, s, SumAll(Mul(w, w)))[0]+deepChain*compute(t, s, SumAll(Mul(small, w)))[0]
	if math.Abs(got-want) > 1e-9*math.Abs(want) {
		t.Errorf("⟨Σ, w⟩ is %v, want %v", got, want)
	}
}
