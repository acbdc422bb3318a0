package autodiff

import (
	"cmp"
	"slices"
)

// sliced is a cotangent of a slice, which is that of some elements of the tensor
// the slice was taken from.
type sliced struct {
	slice sliceAttr
	dy    *Node
}

// unslice adds up what slices of a tensor of the given shape contribute to its
// cotangent: each element goes back to where it was taken from, with zeros where
// nothing was. nil stands for zero.
//
// This equals the sum of the slices, each padded to full size. But slices that do not
// overlap, as those of the steps of a recurrence, become one concatenation instead of
// as many tensors of full size.
func unslice(list []sliced, shape []int) *Node {
	return unsliceFrom(0, list, shape)
}

// unsliceFrom is unslice along the axes from the given one on. Along those before
// it all slices are one.
func unsliceFrom(axis int, list []sliced, shape []int) *Node {
	if len(list) == 1 {
		return list[0].padded(axis, len(shape), shape)
	}
	if axis == len(shape) {
		var sum *Node
		for _, s := range list {
			sum = plus(sum, s.dy)
		}
		return sum
	}
	slices.SortStableFunc(list, func(a, b sliced) int { return a.compare(axis, b) })
	var groups []sliced // of slices that are equal along this axis
	for len(list) > 0 {
		first, n := list[0], 1
		for n < len(list) && first.compare(axis, list[n]) == 0 {
			n++
		}
		groups = append(groups, sliced{first.slice, unsliceFrom(axis+1, list[:n:n], shape)})
		list = list[n:]
	}
	var sum *Node
	for _, layer := range layers(axis, groups) {
		sum = plus(sum, joinedAlong(axis, layer, shape))
	}
	return sum
}

// compare orders slices by the elements that they take along an axis: 0 if these
// are the same.
func (s sliced) compare(axis int, t sliced) int {
	return cmp.Or(
		cmp.Compare(s.slice.Starts[axis], t.slice.Starts[axis]),
		cmp.Compare(s.slice.Steps[axis], t.slice.Steps[axis]),
		cmp.Compare(s.dy.shape[axis], t.dy.shape[axis]),
	)
}

// end is one more than the last place that s takes along an axis.
func (s sliced) end(axis int) int {
	start, n := s.slice.Starts[axis], s.dy.shape[axis]
	if n == 0 {
		return start
	}
	return start + (n-1)*s.slice.Steps[axis] + 1
}

// padded puts the elements back along the axes from first up to last.
func (s sliced) padded(first, last int, shape []int) *Node {
	lo, hi, interior := make([]int, len(shape)), make([]int, len(shape)), make([]int, len(shape))
	for i := first; i < last; i++ {
		lo[i], hi[i], interior[i] = s.slice.Starts[i], shape[i]-s.end(i), s.slice.Steps[i]-1
	}
	return Pad(s.dy, lo, hi, interior)
}

// layers divides slices, in the order of their starts, into as few layers as possible,
// in which they do not overlap along an axis.
func layers(axis int, list []sliced) [][]sliced {
	var found [][]sliced
	for _, s := range list {
		k := slices.IndexFunc(found, func(l []sliced) bool { return l[len(l)-1].end(axis) <= s.slice.Starts[axis] })
		if k < 0 {
			k, found = len(found), append(found, nil)
		}
		found[k] = append(found[k], s)
	}
	return found
}

// joinedAlong puts the slices of a layer back along an axis.
func joinedAlong(axis int, layer []sliced, shape []int) *Node {
	if len(layer) == 1 {
		return layer[0].padded(axis, axis+1, shape)
	}
	var parts []*Node
	end := 0
	upTo := func(start int) {
		if start > end {
			gap := slices.Clone(layer[0].dy.shape)
			gap[axis] = start - end
			parts = append(parts, layer[0].dy.g.fill(0, gap))
		}
	}
	for _, s := range layer {
		upTo(s.slice.Starts[axis])
		end = s.end(axis)
		spread := slices.Clone(s.dy.shape)
		spread[axis] = end - s.slice.Starts[axis]
		s.slice.Starts = make([]int, len(shape))
		parts = append(parts, s.padded(axis, axis+1, spread))
	}
	upTo(shape[axis])
	return Concat(axis, parts...)
}
