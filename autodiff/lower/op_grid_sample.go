package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

var gridSampleRows = []operator{
	{name: "GridSample", since: 16, inputs: arity{2, 2}, lower: lowerGridSample},
	{name: "GridSample", domain: microsoft, since: 1, inputs: arity{2, 2}, lower: lowerGridSample},
}

// lowerGridSample samples x [n c spatial…] at the positions that the grid [n out… k] gives, from −1 to 1 along each of the
// k spatial axes, the last axis first. It is differentiable in the grid too, through the weights.
func lowerGridSample(c *call) []value {
	x, grid := c.x(0), c.x(1)
	sizes := c.spatial(x)
	k := len(sizes)
	if grid.Rank() != k+2 || grid.Shape()[k+1] != k || grid.Shape()[0] != x.Shape()[0] {
		c.fail("the grid has shape %v, expected a batch of %d, %d axes and %d coordinates", grid.Shape(), x.Shape()[0], k, k)
	}
	g := gridAxis{
		call:    c,
		mode:    c.text("mode", "linear"),
		padding: c.text("padding_mode", "zeros"),
		aligned: c.flag("align_corners", false),
	}
	taps, read := make([][]linearTap, k), 1
	for i, size := range sizes {
		if size == 0 {
			c.fail("spatial axis %d has no elements", i)
		}
		taps[i] = g.taps(columns(grid, k-1-i), size)
		if read *= len(taps[i]); read > maxTaps {
			c.fail("attribute \"mode\" is %q, which is not supported for %d spatial axes", g.mode, k)
		}
	}
	y := interpolate(x, taps)
	return c.same(autodiff.Reshape(y, append(slices.Clone(x.Shape()[:2]), grid.Shape()[1:k+1]...)...))
}

// gridAxis is how GridSample reads an axis.
type gridAxis struct {
	*call
	mode, padding string
	aligned       bool // −1 and 1 are the centers of the first and last element, not their outer edges
}

// taps returns what is read along an axis of the given size at positions from −1 to 1.
func (g gridAxis) taps(at *autodiff.Node, size int) []linearTap {
	s := func(v float64) *autodiff.Node { return scalarOf(at, v) }
	n := float64(size)
	x := autodiff.Add(at, s(1))
	if g.aligned {
		x = autodiff.Mul(x, s((n-1)/2))
	} else {
		x = autodiff.Sub(autodiff.Mul(x, s(n/2)), s(0.5))
	}
	switch g.mode {
	case "nearest":
		return []linearTap{g.tap(g.inside(autodiff.Round(x), n), nil, n)}
	case "linear", "bilinear":
		return g.linear(g.inside(x, n), n)
	case "cubic", "bicubic":
		// Only the elements read are moved inside, as PyTorch and ONNX Runtime do.
		low := autodiff.Floor(x)
		var list []linearTap
		for i, w := range cubicWeights(autodiff.Sub(x, low), -0.75) {
			list = append(list, g.tap(autodiff.Add(low, s(float64(i-1))), w, n))
		}
		return list
	}
	g.fail("attribute \"mode\" is %q, expected linear (bilinear), nearest or cubic (bicubic)", g.mode)
	return nil
}

// linear returns the two elements around positions counted in elements.
func (g gridAxis) linear(x *autodiff.Node, n float64) []linearTap {
	low := autodiff.Floor(x)
	f := autodiff.Sub(x, low)
	return []linearTap{g.tap(low, autodiff.Sub(scalarOf(x, 1), f), n), g.tap(shift(low, 1), f, n)}
}

// inside moves positions outside an axis of n elements to where the padding takes them.
func (g gridAxis) inside(x *autodiff.Node, n float64) *autodiff.Node {
	switch g.padding {
	case "zeros":
		return x
	case "border":
		return clamp(x, 0, n-1)
	case "reflection":
		if g.aligned {
			return mirror(x, 0, n-1)
		}
		return mirror(x, -0.5, n-0.5)
	}
	g.fail("attribute \"padding_mode\" is %q, expected zeros, border or reflection", g.padding)
	return nil
}

// tap is the element at index, which may lie outside, with its weight.
func (g gridAxis) tap(index, weight *autodiff.Node, n float64) linearTap {
	index = g.inside(index, n)
	if g.padding == "zeros" {
		mask := between(index, 0, n-1)
		if weight == nil {
			weight = mask
		} else {
			weight = autodiff.Select(mask, weight, scalarOf(weight, 0))
		}
	}
	return linearTap{autodiff.Stop(clamp(index, 0, n-1)), weight}
}

// mirror reflects x at lo and hi until it lies between them.
func mirror(x *autodiff.Node, lo, hi float64) *autodiff.Node {
	if lo == hi {
		return autodiff.Add(autodiff.Mul(x, scalarOf(x, 0)), scalarOf(x, lo))
	}
	s := func(v float64) *autodiff.Node { return scalarOf(x, v) }
	period := 2 * (hi - lo)
	u := autodiff.Sub(x, s(lo))
	t := autodiff.Sub(u, autodiff.Mul(autodiff.Floor(autodiff.Mul(u, s(1/period))), s(period)))
	return autodiff.Add(autodiff.Min(t, autodiff.Sub(s(period), t)), s(lo))
}
