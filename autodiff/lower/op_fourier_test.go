package lower

import (
	"math"
	"math/rand/v2"
	"testing"

	"onnx-metainit/autodiff"
)

// TestSplitTransforms compares transforms in two steps with those by one matrix.
func TestSplitTransforms(t *testing.T) {
	for _, f := range []fourier{
		{length: 12}, {length: 12, inverse: true}, {length: 12, onesided: true}, {length: 12, inverse: true, onesided: true},
		{length: 15, onesided: true}, {length: 15, inverse: true, onesided: true},
	} {
		for _, shape := range [][]int{{2, 12, 2}, {2, 12, 1}, {3, 7, 2}, {1, 5, 1}} {
			shape[1] = min(shape[1], f.operands())
			g := autodiff.NewGraph()
			c := &call{builder: &builder{graph: g}}
			r := rand.New(rand.NewPCG(1, 2))
			data := make([]float64, product(shape))
			for i := range data {
				data[i] = r.NormFloat64()
			}
			x := g.Const(data, shape...)
			want, _ := c.discrete(x, f).Value()
			got, ok := c.split(x, f, divisor(f.length)).Value()
			if !ok || len(got) != len(want) {
				t.Fatalf("%+v of %v: %d numbers, want %d", f, shape, len(got), len(want))
			}
			for i := range want {
				if math.Abs(got[i]-want[i]) > 1e-13 {
					t.Errorf("%+v of %v: number %d is %v, want %v", f, shape, i, got[i], want[i])
				}
			}
		}
	}
}
