package autodiff

import "slices"

// Take picks slices of x along an axis by index: the axis is replaced by the
// axes of index, whose elements are whole numbers from 0 to the axis' size − 1.
// Indices outside are an error when the program runs.
func Take(x, index *Node, axis int) *Node {
	return x.g.apply(OpTake, axisAttr{Axis: axis}, x, index)
}

// Scatter is the adjoint of Take by x. Its result has an axis of the given size: slice i
// is the sum of the slices of dy with index i, zero if there is none.
func Scatter(dy, index *Node, axis, size int) *Node {
	return dy.g.apply(OpScatter, axisAttr{axis, size}, dy, index)
}

// TakeAlong picks elements along an axis: result[…i…] = x[…index[…i…]…], where
// index has the shape of x except along that axis.
func TakeAlong(x, index *Node, axis int) *Node {
	return x.g.apply(OpTakeAlong, axisAttr{Axis: axis}, x, index)
}

// ScatterAlong is the adjoint of TakeAlong by x. Its result has an axis of the given size:
// element i is the sum of the elements of dy with index i, zero if there is none.
func ScatterAlong(dy, index *Node, axis, size int) *Node {
	return dy.g.apply(OpScatterAlong, axisAttr{axis, size}, dy, index)
}

func takeShape(a attr, in []*Node) []int {
	x, index, axis := in[0], in[1], a.(axisAttr).Axis
	if axis < 0 || axis >= x.Rank() {
		fail("take", "axis %d does not fit shape %v", axis, x.shape)
	}
	return slices.Concat(x.shape[:axis], index.shape, x.shape[axis+1:])
}

func scatterShape(a attr, in []*Node) []int {
	dy, index, s := in[0], in[1], a.(axisAttr)
	end := s.Axis + index.Rank()
	if s.Axis < 0 || end > dy.Rank() || !slices.Equal(dy.shape[s.Axis:end], index.shape) {
		fail("scatter", "index shape %v is not at axis %d of %v", index.shape, s.Axis, dy.shape)
	}
	return slices.Concat(dy.shape[:s.Axis], []int{s.Size}, dy.shape[end:])
}

func takeAlongShape(a attr, in []*Node) []int {
	x, index, axis := in[0], in[1], a.(axisAttr).Axis
	checkAlong("takealong", x, index, axis)
	return index.shape
}

func scatterAlongShape(a attr, in []*Node) []int {
	dy, index, s := in[0], in[1], a.(axisAttr)
	checkAlong("scatteralong", dy, index, s.Axis)
	if dy.shape[s.Axis] != index.shape[s.Axis] {
		fail("scatteralong", "shapes %v and %v differ", dy.shape, index.shape)
	}
	shape := slices.Clone(dy.shape)
	shape[s.Axis] = s.Size
	return shape
}

func checkAlong(op string, x, index *Node, axis int) {
	fits := axis >= 0 && axis < x.Rank() && x.Rank() == index.Rank()
	for i := 0; fits && i < x.Rank(); i++ {
		fits = i == axis || x.shape[i] == index.shape[i]
	}
	if !fits {
		fail(op, "shape %v and index %v differ outside axis %d", x.shape, index.shape, axis)
	}
}
