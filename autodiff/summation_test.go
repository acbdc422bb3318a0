package autodiff

import "testing"

// TestProductsAddUpAsTheyCome: products of large tensors are added to a small total each
// when it is ready, so that these need not all be stored.
func TestProductsAddUpAsTheyCome(t *testing.T) {
	const count, rows, columns = 6, 1 << 14, 16
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
	planned, err := Compile([]*Node{Neg(sum)}, Options{PlanOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if planned.Steps() != 3*count+1 {
		t.Errorf("%d steps for %d sums of products", planned.Steps(), count)
	}
	if variables, all := int64(4*count*rows*4), planned.Memory(); all-variables > 13*rows*columns {
		t.Errorf("%d bytes are stored besides the variables, tensors have %d", all-variables, 4*rows*columns)
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
