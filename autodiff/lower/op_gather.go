package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

var gatherRows = []operator{
	{name: "Compress", since: 9, inputs: arity{2, 2}, lower: lowerCompress, known: []int{1}},
	{name: "Gather", since: 1, inputs: arity{2, 2}, lower: lowerGather, commutes: true},
	{name: "GatherElements", since: 11, inputs: arity{2, 2}, lower: lowerGatherElements},
	{name: "GatherND", since: 11, inputs: arity{2, 2}, lower: lowerGatherND},
	{name: "NonZero", since: 9, inputs: arity{1, 1}, lower: lowerNonZero, known: []int{0}, derives: true, noDerivative: discrete},
	{name: "OneHot", since: 9, inputs: arity{3, 3}, lower: lowerOneHot, known: []int{1}, roles: roles{2: {Fixed, "values"}}},
	{name: "ReverseSequence", since: 10, inputs: arity{2, 2}, lower: lowerReverseSequence},
	{name: "GatherND", domain: microsoft, since: 1, inputs: arity{2, 2}, lower: lowerGatherND},
}

// index returns input i as indices into an axis of the given size, counted from the end if negative.
func (c *call) index(i, size int) *autodiff.Node {
	if !c.indexes(i, size) {
		c.inside(c.x(i), size)
	}
	return wrapIndex(c.x(i), size)
}

// inside refuses indices outside the axes, whose sizes take turns, if the indices are known while building.
func (c *call) inside(index *autodiff.Node, sizes ...int) {
	known, _ := c.folded.peek(index)
	for i, at := range known {
		if size := sizes[i%len(sizes)]; at < float64(-size) || at >= float64(size) {
			c.fail("index %v is outside an axis of size %d", at, size)
		}
	}
}

func wrapIndex(index *autodiff.Node, size int) *autodiff.Node {
	n := scalarOf(index, float64(size))
	return autodiff.Add(index, autodiff.Mul(n, autodiff.Less(index, scalarOf(index, 0))))
}

func lowerGather(c *call) []value {
	x := c.x(0)
	axis := c.axis(c.int("axis", 0), x.Rank())
	index := c.index(1, x.Shape()[axis])
	return c.picked(
		func(x *autodiff.Node) *autodiff.Node { return taken(x, index, axis) },
		func(a int) bool { return a != axis },
		func(a int) int {
			if a > axis {
				a += index.Rank() - 1
			}
			return a
		},
	)
}

// taken returns the elements at the indices along an axis: a slice, if these are known and follow each other, as one by
// itself does.
func taken(x, index *autodiff.Node, axis int) *autodiff.Node {
	if first, ok := consecutive(index); ok {
		shape := slices.Concat(x.Shape()[:axis], index.Shape(), x.Shape()[axis+1:])
		return autodiff.Reshape(autodiff.SliceAxis(x, axis, first, first+index.Size()), shape...)
	}
	return autodiff.Take(x, index, axis)
}

// consecutive returns the first of indices that are known and follow each other.
func consecutive(index *autodiff.Node) (first int, ok bool) {
	known, _ := index.Value()
	for i, at := range known {
		if at != known[0]+float64(i) {
			return 0, false
		}
	}
	if len(known) == 0 {
		return 0, false
	}
	return int(known[0]), true
}

// lowerGatherElements picks x[…index[i…]…] along the axis; the other axes of the indices may be shorter than those of x.
func lowerGatherElements(c *call) []value {
	x := c.x(0)
	axis := c.axis(c.int("axis", 0), x.Rank())
	index := c.index(1, x.Shape()[axis])
	if index.Rank() != x.Rank() {
		c.fail("data and indices need the same number of axes")
	}
	limits := slices.Clone(index.Shape())
	limits[axis] = x.Shape()[axis]
	return c.picked(
		func(x *autodiff.Node) *autodiff.Node {
			return autodiff.TakeAlong(autodiff.Slice(x, make([]int, x.Rank()), limits, nil), index, axis)
		},
		func(int) bool { return false },
		sameAxis,
	)
}

// flatIndex turns the indices [… k] of input 1 into the first k axes of a shape into positions […] in their row-major order.
func (c *call) flatIndex(index *autodiff.Node, shape []int) *autodiff.Node {
	last := index.Rank() - 1
	k := index.Shape()[last]
	if k > len(shape) {
		c.fail("indices of %d axes into shape %v", k, shape)
	}
	c.exactIndex(shape[:k])
	if !c.indexesAxes(1, shape[:k]) {
		c.inside(index, shape[:k]...)
	}
	lead := index.Shape()[:last]
	flat := autodiff.BroadcastTo(c.scalar(0), slices.Clone(lead)...)
	for i := range k {
		part := autodiff.Reshape(autodiff.SliceAxis(index, last, i, i+1), slices.Clone(lead)...)
		flat = autodiff.Add(autodiff.Mul(flat, c.scalar(float64(shape[i]))), wrapIndex(part, shape[i]))
	}
	return flat
}

// exactIndex refuses positions in tensors so large that float32 does not hold every one of them.
func (c *call) exactIndex(shape []int) {
	if product(shape) > maxExact {
		c.fail("positions in %v, more than %d elements, are not supported", shape, maxExact)
	}
}

// maxExact is how far float32 holds every whole number.
const maxExact = 1 << 24

func lowerGatherND(c *call) []value {
	x, index := c.x(0), c.x(1)
	batch := c.int("batch_dims", 0)
	if index.Rank() == 0 || batch < 0 || batch >= index.Rank() || batch >= x.Rank() ||
		!slices.Equal(x.Shape()[:batch], index.Shape()[:batch]) {
		c.fail("indices do not fit with %d batch axes", batch)
	}
	k := index.Shape()[index.Rank()-1]
	if k > x.Rank()-batch {
		c.fail("indices of %d axes into shape %v with %d batch axes", k, x.Shape(), batch)
	}
	inner := x.Shape()[batch : batch+k]
	rest := x.Shape()[batch+k:]
	flat := c.flatIndex(index, inner)
	if batch > 0 {
		// Each batch element has its own stretch of the flattened table.
		n := product(x.Shape()[:batch])
		offset := autodiff.Mul(c.iota(n), c.scalar(float64(product(inner))))
		shape := slices.Clone(x.Shape()[:batch])
		for range flat.Rank() - batch {
			shape = append(shape, 1)
		}
		flat = autodiff.Add(flat, autodiff.Reshape(offset, shape...))
	}
	table := autodiff.Reshape(x, append([]int{product(x.Shape()[:batch+k])}, rest...)...)
	return c.same(autodiff.Take(table, flat, 0))
}

// oneHot returns 1 where the position along a new axis of size n equals the index, else 0.
func oneHot(c *call, index *autodiff.Node, axis, n int) *autodiff.Node {
	positions := slices.Repeat([]int{1}, index.Rank()+1)
	positions[axis] = n
	return autodiff.Equal(unsqueeze(index, axis), autodiff.Reshape(c.iota(n), positions...))
}

func lowerOneHot(c *call) []value {
	index, values := c.x(0), c.x(2)
	depth := c.knownInt(1)
	if depth < 1 || depth > maxKnown || values.Size() != 2 || values.Rank() != 1 {
		c.fail("needs a depth of at least 1 and two values, got %d and %v", depth, values.Shape())
	}
	axis := c.axis(c.int("axis", -1), index.Rank()+1)
	c.indexes(0, depth)
	hot := oneHot(c, wrapIndex(c.x(0), depth), axis, depth) // indices outside the depth are allowed: all of their row is cold
	value := func(i int) *autodiff.Node { return autodiff.Reshape(autodiff.SliceAxis(values, 0, i, i+1)) }
	return one(autodiff.Select(hot, value(1), value(0)), c.in[2].DataType)
}

// lowerNonZero lists the indices of the elements that are not 0, one row for each axis.
func lowerNonZero(c *call) []value {
	data, shape := c.known(0), c.x(0).Shape()
	rank := len(shape)
	var found []int
	for i, v := range data {
		if v != 0 {
			found = append(found, i)
		}
	}
	if rank > 0 && len(found) > maxKnown/rank {
		c.fail("%d indices of %d axes are too many for a table that is made while building", len(found), rank)
	}
	out := make([]float64, rank*len(found))
	for j, at := range found {
		for axis := rank - 1; axis >= 0; axis-- {
			out[axis*len(found)+j] = float64(at % shape[axis])
			at /= shape[axis]
		}
	}
	return one(c.graph.Const(out, rank, len(found)), int64Type)
}

// lowerCompress keeps the elements along an axis (of the flattened input without one) where the condition holds.
func lowerCompress(c *call) []value {
	x, axis := c.x(0), 0
	if c.has("axis") {
		axis = c.axis(c.int("axis", 0), x.Rank())
	} else {
		x = autodiff.Reshape(x, x.Size())
	}
	var kept []int
	for i, v := range c.known(1) {
		if v != 0 && i < x.Shape()[axis] {
			kept = append(kept, i)
		}
	}
	return c.same(autodiff.Take(x, c.integers(kept).Node, axis))
}

// lowerReverseSequence turns the first elements along the time axis around, as many as the lengths say of each element of
// the batch.
func lowerReverseSequence(c *call) []value {
	x := c.x(0)
	batch, time := c.int("batch_axis", 1), c.int("time_axis", 0)
	if batch+time != 1 || batch*time != 0 || x.Rank() < 2 {
		c.fail("batch and time axis are %d and %d, expected 0 and 1", batch, time)
	}
	at := make([]int, 2)
	at[batch], at[time] = x.Shape()[batch], 1
	lengths := autodiff.Reshape(c.x(1), at...)
	c.hints.length(c.x(1), x.Shape()[time])
	at[batch], at[time] = 1, x.Shape()[time]
	steps := autodiff.Reshape(c.iota(x.Shape()[time]), at...)
	turned := autodiff.Sub(autodiff.Sub(lengths, c.scalar(1)), steps)
	index := autodiff.Select(autodiff.Less(steps, lengths), turned, steps)
	for index.Rank() < x.Rank() {
		index = autodiff.Reshape(index, append(slices.Clone(index.Shape()), 1)...)
	}
	return c.same(autodiff.TakeAlong(x, autodiff.BroadcastTo(index, slices.Clone(x.Shape())...), time))
}
