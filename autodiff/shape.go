package autodiff

import "slices"

// maxSize bounds the elements of a tensor: shapes beyond it come from broken
// models, and products of sizes below it do not overflow.
const maxSize = 1 << 40

func sizeOf(shape []int) int {
	size := 1
	for _, d := range shape {
		size *= d
	}
	return size
}

func checkShape(op string, shape []int) {
	size := 1
	for _, d := range shape {
		if d < 0 {
			fail(op, "shape %v has a negative size", shape)
		}
		if d > 0 && size > maxSize/d {
			fail(op, "shape %v has more than 2^40 elements", shape)
		}
		size *= max(d, 1)
	}
}

// BroadcastShape returns the shape that two shapes broadcast to.
func BroadcastShape(a, b []int) []int { return commonShape("broadcast", a, b) }

// commonShape is NumPy's broadcasting of shapes.
func commonShape(op string, shapes ...[]int) []int {
	rank := 0
	for _, s := range shapes {
		rank = max(rank, len(s))
	}
	out := make([]int, rank)
	for i := range out {
		out[i] = 1
	}
	for _, s := range shapes {
		for i, d := range s {
			o := &out[rank-len(s)+i]
			switch {
			case *o == 1:
				*o = d
			case d != 1 && d != *o:
				fail(op, "shapes %v do not broadcast to a common shape", shapes)
			}
		}
	}
	return out
}

// normalAxes returns the axes in ascending order, checked.
func normalAxes(op string, shape, axes []int) []int {
	sorted := slices.Clone(axes)
	slices.Sort(sorted)
	for i, a := range sorted {
		if a < 0 || a >= len(shape) || i > 0 && a == sorted[i-1] {
			fail(op, "axes %v do not fit shape %v", axes, shape)
		}
	}
	return sorted
}

// count returns 0, 1, …, n−1.
func count(n int) []int {
	axes := make([]int, n)
	for i := range axes {
		axes[i] = i
	}
	return axes
}

// complement returns the axes below rank that are not in axes.
func complement(axes []int, rank int) []int {
	var rest []int
	for i := range rank {
		if !slices.Contains(axes, i) {
			rest = append(rest, i)
		}
	}
	return rest
}
