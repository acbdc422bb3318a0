package metainit

// units says which elements of an input a label decides: the input's axes of the sizes of the target's axes are the units,
// one for each label, and all others are the features of a unit.
type units struct {
	starts   offsets // by unit, where its elements begin
	features offsets // by feature, how far from there
	full     bool    // a unit for each element of the target; else one for each sample
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
	var others []int
	for k := range input {
		if !matched[k] {
			others = append(others, k)
		}
	}
	u.starts, u.features = newOffsets(input, axes), newOffsets(input, others)
	return u
}

// offsets are where the elements along some axes are, the last axis fastest.
type offsets struct {
	axes  []offsetAxis // axes that follow each other in memory are one
	count int
}

type offsetAxis struct{ size, step int }

func newOffsets(shape, axes []int) offsets {
	steps := make([]int, len(shape))
	step := 1
	for k := len(shape) - 1; k >= 0; k-- {
		steps[k] = step
		step *= shape[k]
	}
	o := offsets{count: 1}
	for _, axis := range axes {
		a := offsetAxis{shape[axis], steps[axis]}
		o.count *= a.size
		if n := len(o.axes); n > 0 && o.axes[n-1].step == a.size*a.step {
			o.axes[n-1] = offsetAxis{o.axes[n-1].size * a.size, a.step}
		} else {
			o.axes = append(o.axes, a)
		}
	}
	return o
}

// at is where element i is.
func (o offsets) at(i int) int {
	place := 0
	for k := len(o.axes) - 1; k > 0; k-- {
		a := o.axes[k]
		place += i % a.size * a.step
		i /= a.size
	}
	if len(o.axes) > 0 {
		place += i * o.axes[0].step
	}
	return place
}
