package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

var unpoolRows = []operator{
	{name: "MaxUnpool", since: 9, inputs: arity{2, 3}, lower: lowerMaxUnpool, known: []int{2}},
}

// poolIndices returns the position in the whole tensor of each maximum of a pooling of x, counted row by row or, with
// columnMajor, within each plane with the first spatial axis fastest.
func (c *call) poolIndices(x *autodiff.Node, w autodiff.Window, columnMajor bool) *autodiff.Node {
	shape := x.Shape()
	spatial := shape[2:]
	plane := product(spatial)
	index := autodiff.WindowArgMax(x, w)
	if columnMajor && len(spatial) > 1 {
		perm := count(0, len(spatial))
		slices.Reverse(perm)
		reversed := slices.Clone(spatial)
		slices.Reverse(reversed)
		table := autodiff.Transpose(autodiff.Reshape(c.iota(plane), reversed...), perm...)
		index = autodiff.Take(autodiff.Reshape(table, plane), index, 0)
	}
	first := autodiff.Mul(c.iota(shape[0]*shape[1]), c.scalar(float64(plane)))
	lead := slices.Repeat([]int{1}, len(shape))
	lead[0], lead[1] = shape[0], shape[1]
	return autodiff.Add(index, autodiff.Reshape(first, lead...))
}

// lowerMaxUnpool puts the elements of x where the indices, which a MaxPool of the same window gave, say, with zeros
// elsewhere. A larger output_shape adds zeros at the end. Where windows overlap, elements that meet are averaged.
func lowerMaxUnpool(c *call) []value {
	x := c.x(0)
	sizes := c.spatial(x)
	n := len(sizes)
	g := c.geometry(sizes, nil)
	pads := c.intsOr("pads", 2*n, 0)
	shape := slices.Clone(x.Shape()[:2])
	overlap := false
	for i, size := range sizes {
		d := (size-1)*g.strides[i] + g.kernel[i] - pads[i] - pads[n+i]
		if size < 1 || d < 1 || d > maxCount {
			c.fail("the result would have size %d along spatial axis %d", d, i)
		}
		shape = append(shape, d)
		overlap = overlap || g.strides[i] < g.kernel[i]
	}
	total := 1
	for _, d := range shape {
		if d > 0 && total > maxExact/d {
			c.fail("indices into %v, more than %d elements, are not supported", shape, maxExact)
		}
		total *= d
	}
	c.indexes(1, total)
	index := autodiff.Reshape(c.x(1), x.Size())
	y := autodiff.Scatter(autodiff.Reshape(x, x.Size()), index, 0, total)
	if overlap {
		met := autodiff.Scatter(autodiff.BroadcastTo(c.scalar(1), x.Size()), index, 0, total)
		y = autodiff.Div(y, autodiff.Max(met, c.scalar(1)))
	}
	y = autodiff.Reshape(y, shape...)
	if !c.absent(2) {
		wanted := c.knownInts(2)
		if len(wanted) != len(shape) {
			c.fail("output_shape %v, expected %d sizes", wanted, len(shape))
		}
		hi := make([]int, len(shape))
		for i, d := range wanted {
			if d < 1 || d > maxCount {
				c.fail("output_shape %v is out of range", wanted)
			}
			hi[i] = d - shape[i]
		}
		y = autodiff.Pad(y, make([]int, len(shape)), hi, nil)
	}
	return c.same(y)
}
