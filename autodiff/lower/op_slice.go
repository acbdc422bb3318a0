package lower

import (
	"iter"
	"slices"

	"onnx-metainit/autodiff"
)

var sliceRows = []operator{
	{name: "Concat", since: 1, inputs: arity{1, many}, lower: lowerConcat, joins: true},
	{name: "Slice", since: 1, inputs: arity{1, 5}, lower: lowerSlice, known: []int{1, 2, 3, 4}, moves: true, commutes: true},
	{name: "Split", since: 1, inputs: arity{1, 2}, lower: lowerSplit, known: []int{1}, moves: true, commutes: true},
	{name: "DynamicSlice", since: 1, inputs: arity{3, 4}, lower: lowerSlice, known: []int{1, 2, 3}},
}

func lowerConcat(c *call) []value {
	// Version 1 joins along axis 1 unless told otherwise; later ones need the attribute.
	axis := c.axis(c.int("axis", 1), c.x(0).Rank())
	xs := make([]*autodiff.Node, len(c.in))
	for i := range xs {
		xs[i] = c.x(i)
	}
	out := c.same(autodiff.Concat(axis, xs...))
	out[0].tail = c.joinedTail(axis)
	return out
}

// lowerSplit: the sizes are an attribute before opset 13, then an input; without them the parts are equal, the last one
// smaller if num_outputs (opset 18) does not divide the size.
func lowerSplit(c *call) []value {
	x := c.x(0)
	axis := c.axis(c.int("axis", 0), x.Rank())
	size := x.Shape()[axis]
	parts, ok := c.intsAt(1, "split")
	if !ok {
		n := c.int("num_outputs", c.results)
		if n != c.results {
			c.fail("attribute \"num_outputs\" is %d, the node has %d outputs", n, c.results)
		}
		part := (size + n - 1) / n
		for start := 0; len(parts) < n; start += part {
			parts = append(parts, max(min(part, size-start), 0))
		}
	}
	var out []value
	for y := range c.parts(axis, parts) {
		out = append(out, c.same(y)...)
	}
	return out
}

// parts cuts an axis of input 0 into parts of the given sizes.
func (c *call) parts(axis int, sizes []int) iter.Seq[*autodiff.Node] {
	return func(yield func(*autodiff.Node) bool) {
		x, size, start := c.x(0), c.x(0).Shape()[axis], 0
		for _, n := range sizes {
			if n < 0 || n > size-start {
				c.fail("parts %v do not fit axis %d of size %d", sizes, axis, size)
			}
			if !yield(autodiff.SliceAxis(x, axis, start, start+n)) {
				return
			}
			start += n
		}
		if start != size {
			c.fail("parts %v do not fill axis %d of size %d", sizes, axis, size)
		}
	}
}

// lowerSlice: starts, ends and axes are attributes before opset 10, but inputs of DynamicSlice. Positions count from the end if negative and are
// clamped; a negative step goes backwards.
func lowerSlice(c *call) []value {
	x := c.x(0)
	starts, ok1 := c.intsAt(1, "starts")
	ends, ok2 := c.intsAt(2, "ends")
	if !ok1 || !ok2 {
		c.fail("starts or ends are missing")
	}
	axes, ok := c.intsAt(3, "axes")
	if !ok {
		axes = count(0, len(starts))
	}
	var steps []int
	if !c.absent(4) {
		steps = c.knownInts(4)
	} else {
		steps = slices.Repeat([]int{1}, len(starts))
	}
	if len(ends) != len(starts) || len(axes) != len(starts) || len(steps) != len(starts) {
		c.fail("starts %v, ends %v, axes %v and steps %v differ in length", starts, ends, axes, steps)
	}
	lo, hi, by := make([]int, x.Rank()), slices.Clone(x.Shape()), slices.Repeat([]int{1}, x.Rank())
	var backwards []int
	for i, a := range c.axes(axes, x.Rank()) {
		n, start, end, step := x.Shape()[a], starts[i], ends[i], steps[i]
		if start < 0 {
			start += n
		}
		if end < 0 {
			end += n
		}
		switch {
		case step == 0:
			c.fail("a step is 0")
		case step > 0:
			start, end = min(max(start, 0), n), min(max(end, 0), n)
		default:
			// Backwards from start down to end+1 is forwards in the reversed axis.
			backwards = append(backwards, a)
			start, end = n-1-min(max(start, -1), n-1), n-1-min(max(end, -1), n-1)
			step = -step
		}
		lo[a], hi[a], by[a] = start, max(start, end), min(step, maxSize)
	}
	return c.picked(
		func(x *autodiff.Node) *autodiff.Node {
			return autodiff.Slice(autodiff.Reverse(x, backwards...), lo, hi, by)
		},
		func(axis int) bool {
			return lo[axis] == 0 && hi[axis] == x.Shape()[axis] && by[axis] == 1 && !slices.Contains(backwards, axis)
		},
		sameAxis,
	)
}
