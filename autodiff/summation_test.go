package autodiff

import "testing"

// TestProductsAddUpAsTheyCome: products of large tensors are added to a small total each
// when it is ready, so that these need not all be stored.
func TestProductsAddUpAsTheyCome(t *testing.T) {
	const count, rows, columns = 6, maxWidened / 8, 16
	s := NewSampler(1)
	w := s.Variable(4, columns)
	var sum *Node
	want := make([]float64, columns*columns)
	for range count {
		y := Tanh(Dot(s.Variable(rows, 4), w, false, false))
		product := Dot(y, y, true, false)
		for i, v := range compute(t, s, product) {
			want[i] += v
		}
		sum = plus(sum, product)
	}
	p := newPlan([]*Node{Neg(sum)}, true)
	if len(p.steps) != 3*count+1 {
		t.Errorf("%d steps for %d sums of products", len(p.steps), count)
	}
	if arena := p.arena(); arena > 3*rows*columns {
		t.Errorf("%d elements are stored, tensors have %d", arena, rows*columns)
	}
	got := compute(t, s, sum)
	if d := distance(got, want); d > 1e-12*largest(want) {
		t.Errorf("the sum is off by %g", d)
	}
	prog, err := Compile([]*Node{sum}, Options{Precision: Float64})
	if err != nil {
		t.Fatal(err)
	}
	defer prog.Close()
	for n, v := range s.Values {
		prog.Write(n, 0, v)
	}
	for range 2 { // the second run finds the memory of the first
		if err := prog.Run(); err != nil {
			t.Fatal(err)
		}
		if d := distance(prog.Read(sum), want); d > 1e-12*largest(want) {
			t.Errorf("the program's sum is off by %g", d)
		}
	}
}
