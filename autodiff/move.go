package autodiff

import "slices"

// Reshape gives the same elements, in row-major order, another shape.
func Reshape(x *Node, shape ...int) *Node {
	return x.g.apply(OpReshape, axesAttr(slices.Clone(shape)), x)
}

// Transpose reorders the axes: axis i of the result is axis perm[i] of x.
func Transpose(x *Node, perm ...int) *Node {
	return x.g.apply(OpTranspose, axesAttr(slices.Clone(perm)), x)
}

// Slice takes the elements starts[i], starts[i]+steps[i], … below limits[i]
// along each axis i; steps are at least 1, nil meaning all 1.
func Slice(x *Node, starts, limits, steps []int) *Node {
	if steps == nil {
		steps = slices.Repeat([]int{1}, x.Rank())
	}
	return x.g.apply(OpSlice, sliceAttr{slices.Clone(starts), slices.Clone(limits), slices.Clone(steps)}, x)
}

// SliceAxis takes the elements from start up to limit along one axis.
func SliceAxis(x *Node, axis, start, limit int) *Node {
	if axis < 0 || axis >= x.Rank() {
		fail("slice", "axis %d does not fit shape %v", axis, x.shape)
	}
	starts, limits := make([]int, x.Rank()), slices.Clone(x.shape)
	starts[axis], limits[axis] = start, limit
	return Slice(x, starts, limits, nil)
}

// Reverse turns the order of the elements along the given axes around.
func Reverse(x *Node, axes ...int) *Node {
	return x.g.apply(OpReverse, axesAttr(normalAxes("reverse", x.shape, axes)), x)
}

// Pad puts lo[i] zeros before, hi[i] after and interior[i] between the elements
// of each axis i. Negative lo and hi crop; nil interior means none.
func Pad(x *Node, lo, hi, interior []int) *Node {
	if interior == nil {
		interior = make([]int, x.Rank())
	}
	return x.g.apply(OpPad, padAttr{slices.Clone(lo), slices.Clone(hi), slices.Clone(interior)}, x)
}

// Concat joins tensors along an axis; the other axes are equal.
func Concat(axis int, xs ...*Node) *Node {
	if len(xs) == 0 {
		fail("concat", "needs at least one operand")
	}
	return xs[0].g.apply(OpConcat, axisAttr{Axis: axis}, xs...)
}

func reshapeShape(a attr, in []*Node) []int {
	shape := a.(axesAttr)
	checkShape("reshape", shape)
	if sizeOf(shape) != in[0].Size() {
		fail("reshape", "shape %v has %d elements, %v has %d", in[0].shape, in[0].Size(), []int(shape), sizeOf(shape))
	}
	return shape
}

func transposeShape(a attr, in []*Node) []int {
	perm, x := a.(axesAttr), in[0]
	sorted := slices.Clone(perm)
	slices.Sort(sorted)
	if !slices.Equal(sorted, count(x.Rank())) {
		fail("transpose", "permutation %v does not fit shape %v", []int(perm), x.shape)
	}
	shape := make([]int, len(perm))
	for i, p := range perm {
		shape[i] = x.shape[p]
	}
	return shape
}

// inverse returns the permutation that undoes perm.
func inverse(perm []int) []int {
	inv := make([]int, len(perm))
	for i, p := range perm {
		inv[p] = i
	}
	return inv
}

func sliceShape(a attr, in []*Node) []int {
	s, x := a.(sliceAttr), in[0]
	if len(s.Starts) != x.Rank() || len(s.Limits) != x.Rank() || len(s.Steps) != x.Rank() {
		fail("slice", "%+v does not fit shape %v", s, x.shape)
	}
	shape := make([]int, x.Rank())
	for i, d := range x.shape {
		if s.Starts[i] < 0 || s.Limits[i] > d || s.Steps[i] < 1 || s.Starts[i] > s.Limits[i] {
			fail("slice", "[%d:%d:%d] is outside axis %d of shape %v", s.Starts[i], s.Limits[i], s.Steps[i], i, x.shape)
		}
		shape[i] = (s.Limits[i] - s.Starts[i] + s.Steps[i] - 1) / s.Steps[i]
	}
	return shape
}

func reverseShape(_ attr, in []*Node) []int { return in[0].shape }

func padShape(a attr, in []*Node) []int {
	p, x := a.(padAttr), in[0]
	if len(p.Lo) != x.Rank() || len(p.Hi) != x.Rank() || len(p.Interior) != x.Rank() {
		fail("pad", "%+v does not fit shape %v", p, x.shape)
	}
	shape := make([]int, x.Rank())
	for i, d := range x.shape {
		if p.Interior[i] < 0 {
			fail("pad", "interior padding %v is negative", p.Interior)
		}
		shape[i] = p.Lo[i] + d + max(d-1, 0)*p.Interior[i] + p.Hi[i]
		if shape[i] < 0 {
			fail("pad", "%+v crops more than shape %v has", p, x.shape)
		}
	}
	return shape
}

// unpad is the adjoint of a padding: it takes the places of the elements, and
// zero for those that were cropped away.
func unpad(dy *Node, p padAttr, shape []int) *Node {
	r := len(shape)
	lo, hi := make([]int, r), make([]int, r)
	starts, limits, steps := make([]int, r), make([]int, r), make([]int, r)
	for i, d := range shape {
		lo[i], hi[i] = max(-p.Lo[i], 0), max(-p.Hi[i], 0)
		starts[i] = max(p.Lo[i], 0)
		steps[i] = p.Interior[i] + 1
		if d > 0 {
			limits[i] = starts[i] + (d-1)*steps[i] + 1
		} else {
			limits[i] = starts[i]
		}
	}
	return Slice(Pad(dy, lo, hi, nil), starts, limits, steps)
}

func concatShape(a attr, in []*Node) []int {
	axis, first := a.(axisAttr).Axis, in[0]
	if axis < 0 || axis >= first.Rank() {
		fail("concat", "axis %d does not fit shape %v", axis, first.shape)
	}
	shape := slices.Clone(first.shape)
	for _, x := range in[1:] {
		fits := x.Rank() == first.Rank()
		for i := 0; fits && i < len(shape); i++ {
			fits = i == axis || x.shape[i] == shape[i]
		}
		if !fits {
			fail("concat", "shapes %v and %v differ outside axis %d", first.shape, x.shape, axis)
		}
		shape[axis] += x.shape[axis]
	}
	return shape
}

func concatTranspose(n *Node, i int, dy *Node) *Node {
	start := n.ends()[i] - n.in[i].shape[n.attr.(axisAttr).Axis]
	return SliceAxis(dy, n.attr.(axisAttr).Axis, start, n.ends()[i])
}

// ends returns where along its axis each operand of a concatenation ends, found
// once for all of them.
func (n *Node) ends() []int {
	if ends, known := n.g.ends[n]; known {
		return ends
	}
	ends, end := make([]int, len(n.in)), 0
	for i, x := range n.in {
		end += x.shape[n.attr.(axisAttr).Axis]
		ends[i] = end
	}
	n.g.ends[n] = ends
	return ends
}
