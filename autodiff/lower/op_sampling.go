package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

// linearTap is one of the elements along an axis that an interpolation weighs, for each of p positions.
type linearTap struct {
	index  *autodiff.Node // [b p], whole numbers inside the axis
	weight *autodiff.Node // [b p], nil: 1
}

// corners picks elements of planes x [b c spatial…]: for every combination of taps, one list for each spatial axis, the
// elements at its indices times its weights, [b c p].
func corners(x *autodiff.Node, taps [][]linearTap) []*autodiff.Node {
	shape := x.Shape()
	b, c, spatial := shape[0], shape[1], shape[2:]
	planes := autodiff.Reshape(x, b, c, product(spatial))
	all := []linearTap{{}}
	for axis, list := range taps {
		var longer []linearTap
		for _, t := range all {
			for _, next := range list {
				longer = append(longer, t.then(next, spatial[axis]))
			}
		}
		all = longer
	}
	out := make([]*autodiff.Node, len(all))
	for i, t := range all {
		p := t.index.Shape()[1]
		index := autodiff.BroadcastTo(autodiff.Reshape(t.index, b, 1, p), b, c, p)
		out[i] = autodiff.TakeAlong(planes, index, 2)
		if t.weight != nil {
			out[i] = autodiff.Mul(out[i], autodiff.Reshape(t.weight, b, 1, p))
		}
	}
	return out
}

// then combines a tap of the axes before with one of the next axis, of the given size.
func (t linearTap) then(next linearTap, size int) linearTap {
	if t.index == nil {
		return next
	}
	t.index = autodiff.Add(autodiff.Mul(t.index, scalarOf(t.index, float64(size))), next.index)
	switch {
	case t.weight == nil:
		t.weight = next.weight
	case next.weight != nil:
		t.weight = autodiff.Mul(t.weight, next.weight)
	}
	return t
}

// interpolate is the weighted sum of the corners.
func interpolate(x *autodiff.Node, taps [][]linearTap) *autodiff.Node {
	list := corners(x, taps)
	sum := list[0]
	for _, y := range list[1:] {
		sum = autodiff.Add(sum, y)
	}
	return sum
}

// clamp returns x, no less than lo and no greater than hi.
func clamp(x *autodiff.Node, lo, hi float64) *autodiff.Node {
	return autodiff.Min(autodiff.Max(x, scalarOf(x, lo)), scalarOf(x, hi))
}

// between is 1 where lo ≤ x ≤ hi, else 0.
func between(x *autodiff.Node, lo, hi float64) *autodiff.Node {
	return autodiff.And(autodiff.LessEqual(scalarOf(x, lo), x), autodiff.LessEqual(x, scalarOf(x, hi)))
}

// cubicWeights are those of the four elements around a position that lies f, from 0 to 1, behind the second: Keys' cubic
// convolution with parameter a.
func cubicWeights(f *autodiff.Node, a float64) []*autodiff.Node {
	s := func(v float64) *autodiff.Node { return scalarOf(f, v) }
	polynomial := func(x *autodiff.Node, coefficients ...float64) *autodiff.Node {
		y := s(coefficients[0])
		for _, k := range coefficients[1:] {
			y = autodiff.Add(autodiff.Mul(y, x), s(k))
		}
		return y
	}
	near := func(x *autodiff.Node) *autodiff.Node { return polynomial(x, a+2, -(a + 3), 0, 1) }
	far := func(x *autodiff.Node) *autodiff.Node { return polynomial(x, a, -5*a, 8*a, -4*a) }
	g := autodiff.Sub(s(1), f)
	return []*autodiff.Node{far(autodiff.Add(f, s(1))), near(f), near(g), far(autodiff.Add(g, s(1)))}
}

// columns returns element i of the last axis of x [b … k], as [b …] flattened to [b p].
func columns(x *autodiff.Node, i int) *autodiff.Node {
	last := x.Rank() - 1
	lead := slices.Clone(x.Shape()[:last])
	return autodiff.Reshape(autodiff.SliceAxis(x, last, i, i+1), lead[0], product(lead[1:]))
}
