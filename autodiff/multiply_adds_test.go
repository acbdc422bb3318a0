package autodiff

import "testing"

// TestMultiplyAdds: a convolution and its adjoints take the same.
func TestMultiplyAdds(t *testing.T) {
	s := NewSampler(4)
	spec := ConvSpec{Strides: []int{2, 2}, Groups: 2}
	x, w, y := s.Variable(3, 4, 7, 9), s.Variable(6, 2, 3, 3), s.Variable(3, 6, 3, 4)
	const each = 3 * 6 * 3 * 4 * 2 * 3 * 3
	for n, want := range map[*Node]int64{
		Conv(x, w, spec):                                     each,
		ConvInput(y, w, spec, []int{7, 9}):                   each,
		ConvFilter(x, y, spec, []int{3, 3}):                  each,
		Dot(s.Variable(5, 2), s.Variable(5, 7), true, false): 2 * 5 * 7,
		Exp(x): 0,
	} {
		if got := MultiplyAdds([]*Node{n}); got != want {
			t.Errorf("%v takes %d, want %d", n, got, want)
		}
	}
}
