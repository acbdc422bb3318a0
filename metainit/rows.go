package metainit

import (
	"math"
	"slices"
)

// rows is a tensor as rows, a few of which may hold the values of a smaller tensor.
type rows struct {
	count, width int
	upTo         []float64                             // Σ x² of the rows before each, and of all
	read         func(from, to int) ([]float32, error) // the values of some rows
}

// rows takes the first axis for rows. Values are read once for their squares, and then where the squares fit.
func (h *holding) rows() (*rows, error) {
	count := int(h.tensor.Shape[0])
	if h.squares == nil {
		h.squares = []float64{0}
		width, sum, n := int(h.tensor.Size())/count, 0.0, 0
		err := h.tensor.Blocks(func(block []float64) error {
			for _, v := range block {
				sum += v / h.factor * (v / h.factor)
				if n++; n%width == 0 {
					h.squares = append(h.squares, sum)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	r := &rows{count: count, width: int(h.tensor.Size()) / count, upTo: h.squares}
	r.read = func(from, to int) ([]float32, error) {
		part, err := h.tensor.Rows(int64(from), int64(to))
		if err != nil { // which matters once they are the ones that are sought
			all, err := h.values()
			if err != nil {
				return nil, err
			}
			return all[from*r.width : to*r.width], nil
		}
		some := *h
		some.tensor = part
		return some.values()
	}
	return r, nil
}

// rowsOf takes values that have been read for rows.
func rowsOf(values []float32, count int) *rows {
	r := &rows{count: count, width: len(values) / count, upTo: make([]float64, count+1)}
	for i, v := range values {
		if i%r.width == 0 {
			r.upTo[i/r.width+1] = r.upTo[i/r.width]
		}
		r.upTo[i/r.width+1] += float64(v) * float64(v)
	}
	r.read = func(from, to int) ([]float32, error) { return slices.Clone(values[from*r.width : to*r.width]), nil }
	return r
}

// find returns where rows begin that hold the values of a smaller tensor, and how many they are.
func (r *rows) find(h *holding, t tolerance) (starts []int, count int, err error) {
	size := int(h.tensor.Size())
	if size%r.width != 0 || size >= r.count*r.width {
		return nil, 0, nil
	}
	t = t.and(h.tolerance)
	count = size / r.width
	for i := 0; i+count <= r.count; i++ {
		square := r.upTo[i+count] - r.upTo[i]
		if math.Abs(square-h.norm*h.norm) > 4*t.unit*h.norm*h.norm+0x1p-40*r.upTo[r.count] {
			continue
		}
		wanted, err := h.sorted()
		if err != nil {
			return nil, 0, err
		}
		part, err := r.read(i, i+count)
		if err != nil {
			return nil, 0, err
		}
		sortFloats(part)
		if alike(wanted, part, t) {
			starts = append(starts, i)
			i += count - 1 // of rows that are all the same, each once
		}
	}
	return starts, count, nil
}

// turned puts the last axis of values, of that size, in front of all others.
func turned(values []float32, columns int) []float32 {
	list := make([]float32, len(values))
	for i, v := range values {
		list[i%columns*(len(values)/columns)+i/columns] = v
	}
	return list
}
