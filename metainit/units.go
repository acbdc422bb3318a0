package metainit

// units says which elements of an input a label decides: the input's axes of the sizes of the target's axes are the units,
// one for each label, and all others are the features of a unit.
type units struct {
	at       []int // by unit, where its elements begin
	features []int // by feature, how far from there
	full     bool  // a unit for each element of the target; else one for each sample
}

// newUnits matches the axes of a target to those of an input. If not all have a partner, the first alone, the batch, is
// matched; without that too there is one unit.
func newUnits(target, input []int) units {
	matched := make([]bool, len(input))
	axes := make([]int, 0, len(target))
	for _, size := range target {
		axis := -1
		for k, d := range input {
			if d == size && !matched[k] {
				axis = k
				break
			}
		}
		if axis < 0 {
			break
		}
		matched[axis] = true
		axes = append(axes, axis)
	}
	u := units{full: len(axes) == len(target)}
	if !u.full && len(axes) > 1 {
		for _, axis := range axes[1:] {
			matched[axis] = false
		}
		axes = axes[:1]
	}
	steps := make([]int, len(input))
	step := 1
	for k := len(input) - 1; k >= 0; k-- {
		steps[k] = step
		step *= input[k]
	}
	u.at = offsets(input, steps, axes)
	var others []int
	for k := range input {
		if !matched[k] {
			others = append(others, k)
		}
	}
	u.features = offsets(input, steps, others)
	return u
}

// offsets lists where the elements along some axes lie, the last axis fastest.
func offsets(shape, steps, axes []int) []int {
	list := []int{0}
	for _, axis := range axes {
		next := make([]int, 0, len(list)*shape[axis])
		for _, at := range list {
			for i := range shape[axis] {
				next = append(next, at+i*steps[axis])
			}
		}
		list = next
	}
	return list
}
