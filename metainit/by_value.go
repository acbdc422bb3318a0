package metainit

import (
	"math"
	"slices"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

// holding is the values of a float tensor, to be recognized in another file whatever their order is there.
type holding struct {
	name   string
	tensor *onnxio.Tensor
	factor float64 // what the stored values are to be divided by
	norm   float64
	unit   float64 // what rounding to the type may change, of 1

	ordered []float32 // the values in ascending order, once they are asked for
	squares []float64 // Σ x² of the rows before each, likewise
}

func newHolding(name string, t *onnxio.Tensor, factor float64) (*holding, error) {
	norm, err := t.Norm()
	h := &holding{name: name, tensor: t, factor: factor, norm: norm / math.Abs(factor), unit: 0x1p-22}
	switch t.DataType {
	case onnxpb.TensorProto_FLOAT16:
		h.unit = 0x1p-10
	case onnxpb.TensorProto_BFLOAT16:
		h.unit = 0x1p-7
	}
	return h, err
}

// values reads the values in the order of the file.
func (h *holding) values() ([]float32, error) {
	list := make([]float32, 0, h.tensor.Size())
	err := h.tensor.Blocks(func(block []float64) error {
		for _, v := range block {
			list = append(list, float32(v/h.factor))
		}
		return nil
	})
	return list, err
}

func (h *holding) sorted() ([]float32, error) {
	if h.ordered == nil {
		list, err := h.values()
		if err != nil {
			return nil, err
		}
		slices.Sort(list)
		h.ordered = list
	}
	return h.ordered, nil
}

// forget lets the values go.
func (h *holding) forget() { h.ordered = nil }

// lies says how the values of a tensor lie in another one; false if it does not hold them: as they are, in another shape,
// transposed, or in any other order, as with axes exchanged and the gates of a recurrent layer in another order.
func (h *holding) lies(in *holding) (how string, found bool, err error) {
	unit := max(h.unit, in.unit)
	if h.tensor.Size() != in.tensor.Size() || math.Abs(h.norm-in.norm) > 2*unit*h.norm {
		return "", false, nil
	}
	a, err := h.values()
	if err != nil {
		return "", false, err
	}
	b, err := in.values()
	if err != nil {
		return "", false, err
	}
	from, to := withoutOnes(ints(h.tensor.Shape)), withoutOnes(ints(in.tensor.Shape))
	switch {
	case alike(a, b, unit) && slices.Equal(from, to):
		return "as it is", true, nil
	case alike(a, b, unit):
		return "in another shape", true, nil
	case len(from) == 2 && slices.Equal(to, []int{from[1], from[0]}) && alike(turned(a, from[1]), b, unit):
		return "transposed", true, nil
	}
	// To put them in order takes longer than all the rest.
	slices.Sort(a)
	slices.Sort(b)
	return "in another order", alike(a, b, unit), nil
}

// alike reports whether numbers are the same but for rounding by a part of each, or to the smallest halves.
func alike(a, b []float32, unit float64) bool {
	const smallest = 0x1p-24
	for i, x := range a {
		x, y := float64(x), float64(b[i])
		if !(math.Abs(x-y) <= unit*max(math.Abs(x), math.Abs(y))+unit*smallest) {
			return false
		}
	}
	return true
}

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
	return &rows{count, int(h.tensor.Size()) / count, h.squares, func(from, to int) ([]float32, error) {
		part, err := h.tensor.Rows(int64(from), int64(to))
		if err != nil {
			return nil, err
		}
		some := *h
		some.tensor = part
		return some.values()
	}}, nil
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
func (r *rows) find(h *holding, unit float64) (starts []int, count int, err error) {
	size := int(h.tensor.Size())
	if size%r.width != 0 || size >= r.count*r.width {
		return nil, 0, nil
	}
	unit = max(unit, h.unit)
	count = size / r.width
	for i := 0; i+count <= r.count; i++ {
		square := r.upTo[i+count] - r.upTo[i]
		if math.Abs(square-h.norm*h.norm) > 4*unit*h.norm*h.norm+0x1p-40*r.upTo[r.count] {
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
		slices.Sort(part)
		if alike(wanted, part, unit) {
			starts = append(starts, i)
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

func ints(shape []int64) []int {
	list := make([]int, len(shape))
	for i, d := range shape {
		list[i] = int(d)
	}
	return list
}
