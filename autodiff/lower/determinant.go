package lower

import (
	"math/bits"

	"onnx-metainit/autodiff"
)

const maxDeterminant = 8 // rows: the expansion has n·2ⁿ⁻¹ products

// lowerDet is the determinant of the last two axes, expanded by the last rows. Unlike an elimination, that has no pivots
// to choose, and derivatives of every order.
func lowerDet(c *call) []Value {
	x := c.x(0)
	r := x.Rank()
	if r < 2 || x.Shape()[r-1] != x.Shape()[r-2] {
		c.fail("needs square matrices")
	}
	n := x.Shape()[r-1]
	if n > maxDeterminant {
		c.fail("determinants of more than %d rows are not supported", maxDeterminant)
	}
	batch := x.Shape()[:r-2]
	at := func(i, j int) *autodiff.Node {
		row := autodiff.SliceAxis(x, r-2, i, i+1)
		return autodiff.Reshape(autodiff.SliceAxis(row, r-1, j, j+1), batch...)
	}
	// minors[s] is the determinant of the columns in s and as many of the last rows.
	minors := make([]*autodiff.Node, 1<<n)
	minors[0] = autodiff.BroadcastTo(c.scalar(1), batch...)
	for s := 1; s < len(minors); s++ {
		row := n - bits.OnesCount(uint(s))
		var sum *autodiff.Node
		for j, sign := 0, 1.0; j < n; j++ {
			if s>>j&1 == 0 {
				continue
			}
			term := scale(autodiff.Mul(at(row, j), minors[s&^(1<<j)]), sign)
			if sum == nil {
				sum = term
			} else {
				sum = autodiff.Add(sum, term)
			}
			sign = -sign
		}
		minors[s] = sum
	}
	return c.same(minors[len(minors)-1])
}

// lowerCumProd multiplies along an axis: each step doubles how many elements before have been taken in. That divides by
// nothing, so zeros do no harm.
func lowerCumProd(c *call) []Value {
	x := c.x(0)
	axis := c.axis(c.knownInt(1), x.Rank())
	n := x.Shape()[axis]
	// later moves the elements by d places, with ones in front.
	later := func(x *autodiff.Node, d int) *autodiff.Node {
		ones := append([]int(nil), x.Shape()...)
		ones[axis] = d
		return autodiff.Concat(axis, autodiff.BroadcastTo(c.scalar(1), ones...), autodiff.SliceAxis(x, axis, 0, n-d))
	}
	y := x
	if c.flag("reverse", false) {
		y = autodiff.Reverse(y, axis)
	}
	if c.flag("exclusive", false) && n > 0 {
		y = later(y, 1)
	}
	for d := 1; d < n; d *= 2 {
		y = autodiff.Mul(y, later(y, d))
	}
	if c.flag("reverse", false) {
		y = autodiff.Reverse(y, axis)
	}
	return c.same(y)
}
