package metainit

import "slices"

func ints(shape []int64) []int {
	list := make([]int, len(shape))
	for i, d := range shape {
		list[i] = int(d)
	}
	return list
}

// sameButOnes reports whether two shapes are the same but for axes of size 1.
func sameButOnes(a, b []int) bool { return slices.Equal(withoutOnes(a), withoutOnes(b)) }

// withoutOnes returns the shape without its axes of size 1.
func withoutOnes(shape []int) []int {
	var rest []int
	for _, d := range shape {
		if d != 1 {
			rest = append(rest, d)
		}
	}
	return rest
}

// oneAxis reports whether a tensor varies along one axis at most.
func oneAxis(shape []int) bool { return len(withoutOnes(shape)) <= 1 }
