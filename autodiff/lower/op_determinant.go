package lower

import (
	"math/bits"
	"slices"

	"onnx-metainit/autodiff"
)

var determinantRows = []operator{
	{name: "Det", since: 11, inputs: arity{1, 1}, lower: lowerDet},
	{name: "Inverse", domain: microsoft, since: 1, inputs: arity{1, 1}, lower: lowerInverse},
}

// matrices are square ones, in the last two axes of a tensor, by their elements.
type matrices struct {
	rows  int
	batch []int
	at    func(i, j int) *autodiff.Node // of the shape of the batch
}

// matrices returns those of input i.
func (c *call) matrices(i int) matrices {
	x := c.x(i)
	r := x.Rank()
	if r < 2 || x.Shape()[r-1] != x.Shape()[r-2] {
		c.fail("needs square matrices")
	}
	n, batch := x.Shape()[r-1], x.Shape()[:r-2]
	if n > maxDeterminant {
		c.fail("determinants of more than %d rows are not supported", maxDeterminant)
	}
	return matrices{n, batch, func(i, j int) *autodiff.Node {
		row := autodiff.SliceAxis(x, r-2, i, i+1)
		return autodiff.Reshape(autodiff.SliceAxis(row, r-1, j, j+1), batch...)
	}}
}

// determinant expands by the last rows. Unlike an elimination, that has no pivots to choose, and derivatives of every
// order.
func (c *call) determinant(m matrices) *autodiff.Node {
	// minors[s] is the determinant of the columns in s and as many of the last rows.
	minors := make([]*autodiff.Node, 1<<m.rows)
	minors[0] = autodiff.BroadcastTo(c.scalar(1), m.batch...)
	for s := 1; s < len(minors); s++ {
		row := m.rows - bits.OnesCount(uint(s))
		var sum *autodiff.Node
		for j, sign := 0, 1.0; j < m.rows; j++ {
			if s>>j&1 == 0 {
				continue
			}
			term := scale(autodiff.Mul(m.at(row, j), minors[s&^(1<<j)]), sign)
			if sum == nil {
				sum = term
			} else {
				sum = autodiff.Add(sum, term)
			}
			sign = -sign
		}
		minors[s] = sum
	}
	return minors[len(minors)-1]
}

// without are the matrices without a row and a column.
func (m matrices) without(row, column int) matrices {
	past := func(i, left int) int {
		if i >= left {
			return i + 1
		}
		return i
	}
	return matrices{m.rows - 1, m.batch, func(i, j int) *autodiff.Node { return m.at(past(i, row), past(j, column)) }}
}

// lowerDet is the determinant of the last two axes.
func lowerDet(c *call) []value { return c.same(c.determinant(c.matrices(0))) }

// lowerInverse is the inverse of the last two axes, by Cramer's rule: element (j, i) is (−1)ⁱ⁺ʲ times the determinant
// without row i and column j, over that of all.
func lowerInverse(c *call) []value {
	m := c.matrices(0)
	if c.x(0).Size() == 0 {
		return c.same(c.x(0))
	}
	single := append(slices.Clone(m.batch), 1)
	var cofactors []*autodiff.Node
	for j := range m.rows {
		for i := range m.rows {
			d := scale(c.determinant(m.without(i, j)), 1-2*float64((i+j)%2))
			cofactors = append(cofactors, autodiff.Reshape(d, single...))
		}
	}
	inverse := autodiff.Div(autodiff.Concat(len(m.batch), cofactors...), autodiff.Reshape(c.determinant(m), single...))
	return c.same(autodiff.Reshape(inverse, c.x(0).Shape()...))
}
