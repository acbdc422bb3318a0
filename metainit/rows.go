package metainit

import (
	"math"
	"slices"
)

// rows is a tensor as rows, a few of which may hold the values of a smaller tensor.
type rows struct {
	count, width int
	*sums
	read func(from, to int) ([]float32, error) // the values of some rows
}

// sums are Σ x² and Σ |x| of the rows before each, and of all.
type sums struct {
	squares, absolutes []float64

	square, absolute float64 // of all elements so far
	n                int
}

func newSums() *sums { return &sums{squares: []float64{0}, absolutes: []float64{0}} }

// add adds an element of rows of that width.
func (s *sums) add(v float64, width int) {
	s.square += v * v
	s.absolute += math.Abs(v)
	if s.n++; s.n%width == 0 {
		s.squares, s.absolutes = append(s.squares, s.square), append(s.absolutes, s.absolute)
	}
}

// rows takes the first axis for rows. Values are read once for their sums, and then where these fit.
func (h *holding) rows() (*rows, error) {
	count := int(h.tensor.Shape[0])
	r := &rows{count: count, width: int(h.tensor.Size()) / count, sums: h.sums}
	if r.sums == nil {
		r.sums = newSums()
		err := h.tensor.Blocks(func(block []float64) error {
			for _, v := range block {
				r.add(v/h.factor, r.width)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		h.sums = r.sums
	}
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
	r := &rows{count: count, width: len(values) / count, sums: newSums()}
	for _, v := range values {
		r.add(float64(v), r.width)
	}
	r.read = func(from, to int) ([]float32, error) { return slices.Clone(values[from*r.width : to*r.width]), nil }
	return r
}

// holds returns how many rows have the size of a smaller tensor; 0 if none have.
func (r *rows) holds(size int) int {
	if size%r.width != 0 || size >= r.count*r.width {
		return 0
	}
	return size / r.width
}

// find returns where rows begin that hold the values of a smaller tensor, and how many they are.
func (r *rows) find(h *holding, t tolerance) (starts []int, count int, err error) {
	if count = r.holds(int(h.tensor.Size())); count == 0 {
		return nil, 0, nil
	}
	t = t.and(h.tolerance)
	for i := 0; i+count <= r.count; i++ {
		square := r.squares[i+count] - r.squares[i]
		if math.Abs(square-h.norm*h.norm) > 4*t.relative*h.norm*h.norm+0x1p-40*r.square {
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
