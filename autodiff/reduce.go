package autodiff

import "slices"

// Sum adds up over the given axes, which the result no longer has. Sums are
// accumulated in float64.
func Sum(x *Node, axes ...int) *Node {
	return x.g.apply(OpSum, axesAttr(normalAxes("sum", x.shape, axes)), x)
}

// SumAll adds up all elements.
func SumAll(x *Node) *Node { return Sum(x, count(x.Rank())...) }

// SumKeep is Sum, with the axes kept at size 1.
func SumKeep(x *Node, axes ...int) *Node { return keepAxes(Sum(x, axes...), x, axes) }

// Mean averages over the given axes, which the result no longer has.
func Mean(x *Node, axes ...int) *Node {
	s := Sum(x, axes...)
	return Div(s, x.g.Scalar(float64(max(x.Size(), 1))/float64(max(s.Size(), 1))))
}

// MeanKeep is Mean, with the axes kept at size 1.
func MeanKeep(x *Node, axes ...int) *Node { return keepAxes(Mean(x, axes...), x, axes) }

// ReduceMax returns the maximum over the given axes, which the result no longer
// has. Where several elements are the maximum, the derivative goes to the first.
func ReduceMax(x *Node, axes ...int) *Node {
	axes = normalAxes("reducemax", x.shape, axes)
	if len(axes) == 0 {
		return x
	}
	kept := complement(axes, x.Rank())
	perm := append(slices.Clone(kept), axes...)
	t := Transpose(x, perm...)
	shape := slices.Clone(t.shape[:len(kept)])
	flat := Reshape(t, append(shape, sizeOf(t.shape[len(kept):]))...)
	last := len(kept)
	index := Reshape(ArgMax(flat, last), append(shape, 1)...)
	return Reshape(TakeAlong(flat, index, last), shape...)
}

// ReduceMin returns the minimum over the given axes, as ReduceMax does the
// maximum.
func ReduceMin(x *Node, axes ...int) *Node { return Neg(ReduceMax(Neg(x), axes...)) }

// MaxKeep is ReduceMax, with the axes kept at size 1.
func MaxKeep(x *Node, axes ...int) *Node { return keepAxes(ReduceMax(x, axes...), x, axes) }

// ArgMax returns the index of the first maximum along an axis, which the result
// no longer has.
func ArgMax(x *Node, axis int) *Node {
	return x.g.apply(OpArgMax, axisAttr{Axis: axis}, x)
}

// ArgSort returns the indices along the last axis in the order of their elements,
// the least first; equal elements stay in their order.
func ArgSort(x *Node) *Node { return x.g.apply(OpArgSort, nil, x) }

// CumSum returns running sums along an axis: of the elements up to and with
// each one, or (exclusive) before each one; from the end with reverse.
func CumSum(x *Node, axis int, exclusive, reverse bool) *Node {
	return x.g.apply(OpCumSum, cumAttr{axis, exclusive, reverse}, x)
}

func keepAxes(reduced, x *Node, axes []int) *Node {
	shape := slices.Clone(x.shape)
	for _, a := range axes {
		shape[a] = 1
	}
	return Reshape(reduced, shape...)
}

func reduceShape(a attr, in []*Node) []int {
	var shape []int
	for _, i := range complement(a.(axesAttr), in[0].Rank()) {
		shape = append(shape, in[0].shape[i])
	}
	return shape
}

func dropAxisShape(a attr, in []*Node) []int {
	x, axis := in[0], a.(axisAttr).Axis
	if axis < 0 || axis >= x.Rank() || x.shape[axis] == 0 {
		fail("argmax", "no maximum along axis %d of shape %v", axis, x.shape)
	}
	return slices.Delete(slices.Clone(x.shape), axis, axis+1)
}

func argSortShape(_ attr, in []*Node) []int {
	if in[0].Rank() == 0 {
		fail("argsort", "needs an axis")
	}
	return in[0].shape
}

func cumShape(a attr, in []*Node) []int {
	if axis := a.(cumAttr).Axis; axis < 0 || axis >= in[0].Rank() {
		fail("cumsum", "axis %d does not fit shape %v", axis, in[0].shape)
	}
	return in[0].shape
}
