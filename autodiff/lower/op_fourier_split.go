package lower

import (
	"math"

	"onnx-metainit/autodiff"
)

// splitFrom is the size of the matrix from which on a transform is split in two.
const splitFrom = 1 << 18

// divisor returns the greatest divisor of n that is not above √n.
func divisor(n int) int {
	for d := int(math.Sqrt(float64(n))); d > 1; d-- {
		if n%d == 0 {
			return d
		}
	}
	return 1
}

// split transforms rows of x [rows n 1 or 2], of length a·b, by transforms of lengths a and b: those along t₁ and t₂ of the
// number t = b·t₁ + t₂, to k = k₁ + a·k₂, the first turned by t₂·k₁/(a·b) (Cooley and Tukey, 1965).
func (c *call) split(x *autodiff.Node, f fourier, a int) *autodiff.Node {
	rows, n, b := x.Shape()[0], x.Shape()[1], f.length/a
	x = autodiff.Pad(x, []int{0, 0, 0}, []int{0, f.operands() - n, 2 - x.Shape()[2]}, nil)
	if f.onesided && f.inverse {
		x = c.conjugates(x, f.length)
	}
	swap := func(y *autodiff.Node) *autodiff.Node { return autodiff.Transpose(y, 0, 2, 1, 3) }
	y := swap(autodiff.Reshape(x, rows, a, b, 2))
	y = c.discrete(autodiff.Reshape(y, rows*b, a, 2), fourier{length: a, inverse: f.inverse})
	y = swap(c.turn(autodiff.Reshape(y, rows, b, a, 2), f))
	y = c.discrete(autodiff.Reshape(y, rows*a, b, 2), fourier{length: b, inverse: f.inverse})
	y = autodiff.Reshape(swap(autodiff.Reshape(y, rows, a, b, 2)), rows, f.length, 2)
	out, components := f.results()
	return autodiff.Slice(y, []int{0, 0, 0}, []int{rows, out, components}, nil)
}

// turn multiplies y [rows b a 2], element t k, by the root of unity of t·k.
func (c *call) turn(y *autodiff.Node, f fourier) *autodiff.Node {
	b, a := y.Shape()[1], y.Shape()[2]
	sin, cos := make([]float64, a*b), make([]float64, a*b)
	for i := range sin {
		sin[i], cos[i] = math.Sincos(2 * math.Pi * float64(i/a*(i%a)) / float64(f.length))
		if !f.inverse {
			sin[i] = -sin[i]
		}
	}
	re, im := autodiff.SliceAxis(y, 3, 0, 1), autodiff.SliceAxis(y, 3, 1, 2)
	across := autodiff.Concat(3, autodiff.Neg(im), re)
	return autodiff.Add(autodiff.Mul(y, c.graph.Const(cos, b, a, 1)), autodiff.Mul(across, c.graph.Const(sin, b, a, 1)))
}

// conjugates returns all n frequencies of real numbers, given those up to the middle: x [rows n/2+1 2].
func (c *call) conjugates(x *autodiff.Node, n int) *autodiff.Node {
	index, sign := make([]float64, n), make([]float64, 2*n)
	for k := range n {
		index[k], sign[2*k] = float64(min(k, n-k)), 1
		switch {
		case k == 0 || 2*k == n: // are real
		case 2*k < n:
			sign[2*k+1] = 1
		default:
			sign[2*k+1] = -1
		}
	}
	return autodiff.Mul(autodiff.Take(x, c.graph.Const(index, n), 1), c.graph.Const(sign, n, 2))
}
