package autodiff

import "testing"

// TestMultiplications: products by leaves, moved or not, with their fans; nothing of leaves that are used otherwise too.
func TestMultiplications(t *testing.T) {
	s := NewSampler(1)
	x, image := s.Variable(5, 4), s.Variable(2, 4, 6, 6)
	w, transposed, filter, back := s.Variable(4, 3), s.Variable(3, 4), s.Variable(8, 2, 3, 3), s.Variable(4, 3, 2, 2)
	tied, recurrent := s.Variable(4, 4), s.Variable(4, 4)
	gates, there, andBack, joined, other, beside := s.Variable(6, 4), s.Variable(1, 2, 4), s.Variable(1, 3, 4), s.Variable(4, 3), s.Variable(4, 3), s.Variable(4, 4)
	reordered := Concat(0, SliceAxis(gates, 0, 4, 6), SliceAxis(gates, 0, 0, 4))
	packed := Concat(1, there, andBack)
	h := Tanh(Dot(x, recurrent, false, false))
	ys := []*Node{
		Dot(x, w, false, false),
		Dot(x, Reshape(transposed, 3, 4), false, true),
		Conv(image, filter, ConvSpec{Groups: 2}),
		ConvInput(image, back, ConvSpec{Strides: []int{2, 2}}, []int{12, 12}),
		Add(SumAll(Dot(x, tied, false, false)), SumAll(tied)),
		Tanh(Dot(h, recurrent, false, false)),
		Dot(x, reordered, false, true),
		Dot(x, Reshape(SliceAxis(packed, 1, 0, 2), 2, 4), false, true),
		Dot(x, Reshape(SliceAxis(packed, 1, 2, 5), 3, 4), false, true),
		Dot(x, Concat(1, joined, other), false, false),
		Dot(x, Concat(0, beside, x), false, true),
	}
	leaves := []*Node{w, transposed, filter, back, tied, recurrent, gates, there, andBack, joined, other, beside}
	found := Multiplications(ys, leaves)
	for _, c := range []struct {
		name        string
		leaf        *Node
		products    int
		in, out     int
		isRecurrent bool
	}{
		{"a matrix", w, 1, 4, 3, false},
		{"a transposed matrix", transposed, 1, 4, 3, false},
		{"filters in groups", filter, 1, 18, 36, false},
		{"filters of a transposed convolution", back, 1, 16, 12, false},
		{"one that is added too", tied, 0, 0, 0, false},
		{"one that a state is multiplied by", recurrent, 2, 4, 4, true},
		{"gates in another order", gates, 1, 4, 6, false},
		{"one direction of two that are stored together", there, 1, 4, 2, false},
		{"the other", andBack, 1, 4, 3, false},
		{"one of two that are multiplied together", joined, 1, 4, 6, false},
		{"one beside what is no leaf", beside, 0, 0, 0, false},
	} {
		list := found[c.leaf]
		if len(list) != c.products {
			t.Errorf("%s: %d products, want %d", c.name, len(list), c.products)
			continue
		}
		if len(list) == 0 {
			continue
		}
		if list[0].FanIn != c.in || list[0].FanOut != c.out || list[0].Recurrent || list[len(list)-1].Recurrent != c.isRecurrent {
			t.Errorf("%s: %+v, want fans %d and %d, recurrent %v", c.name, list, c.in, c.out, c.isRecurrent)
		}
	}
}

// TestRebuild: what is computed of a replaced node is computed anew, all else is the same node.
func TestRebuild(t *testing.T) {
	s := NewSampler(2)
	x, y := s.Variable(3), s.Variable(3)
	inner, other := Exp(x), Sin(y)
	z := Add(Mul(inner, inner), other)
	got := Rebuild([]*Node{z, other}, func(n, anew *Node) *Node {
		if n == inner {
			return Cos(anew)
		}
		return anew
	})
	if want := Add(Mul(Cos(inner), Cos(inner)), other); got[0] != want || got[1] != other {
		t.Errorf("got %v and %v, want %v and %v", got[0], got[1], want, other)
	}
}
