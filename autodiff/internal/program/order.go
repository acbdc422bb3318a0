package program

import "slices"

// Order is the order of a tensor's axes in memory: from the one with the largest steps to the one whose elements are neighbours.
// nil is the order of the axes themselves.
type Order []int

// Arrangement is the order of the operands and the result of a node, and whether the result is added to what its memory holds.
type Arrangement struct {
	In  []Order
	Out Order
	Add bool
}

// RowMajor is the arrangement with all operands and the result row by row, which every kernel takes.
func RowMajor(operands int) Arrangement { return Arrangement{In: make([]Order, operands)} }

// Dense returns a layout without gaps in the given order.
func (o Order) Dense(shape []int) Layout {
	if o == nil {
		return layoutOf(shape)
	}
	strides, stride := make([]int, len(shape)), 1
	for k := len(o) - 1; k >= 0; k-- {
		strides[o[k]] = stride
		stride *= max(shape[o[k]], 1)
	}
	return Layout{Shape: shape, Strides: strides}
}

// Permuted returns a list of an element for each axis in the order of memory.
func (o Order) Permuted(list []int) []int {
	if o == nil {
		return list
	}
	out := make([]int, len(list))
	for k, axis := range o {
		out[k] = list[axis]
	}
	return out
}

// view returns a layout with its axes in the order of memory.
func (o Order) view(l Layout) Layout {
	return Layout{Shape: o.Permuted(l.Shape), Strides: o.Permuted(l.Strides), Offset: l.Offset}
}

// holds reports whether the elements of l are in the order without gaps.
func (o Order) holds(l Layout) bool {
	if o == nil {
		return l.IsContiguous()
	}
	step := 1
	for _, axis := range slices.Backward(o) {
		d := l.Shape[axis]
		if d > 1 && l.Strides[axis] != step {
			return false
		}
		step *= max(d, 1)
	}
	return true
}

// orderOf returns an order in which the elements of l are without gaps, if there is one: the order of the axes themselves where
// that fits.
func orderOf(l Layout) (Order, bool) {
	if l.IsContiguous() {
		return nil, true
	}
	o := Order(count(len(l.Shape)))
	slices.SortStableFunc(o, func(a, b int) int { return l.Strides[b] - l.Strides[a] })
	return o, o.holds(l)
}

// Axes returns the axes from the outermost in memory on.
func (o Order) Axes(rank int) []int {
	if o == nil {
		return count(rank)
	}
	return o
}

// Without returns the order of the axes that are left when some are dropped, numbered anew.
func (o Order) Without(dropped []int) Order {
	if o == nil {
		return nil
	}
	var rest Order
	for _, axis := range o {
		if slices.Contains(dropped, axis) {
			continue
		}
		before := 0
		for _, d := range dropped {
			if d < axis {
				before++
			}
		}
		rest = append(rest, axis-before)
	}
	return rest
}

// count returns the numbers from 0 to n−1.
func count(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}
