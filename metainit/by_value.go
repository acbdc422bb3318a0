package metainit

import (
	"errors"
	"math"
	"slices"

	"onnx-metainit/onnxio"
)

// holding is the values of a float tensor, to be recognized in another file whatever their order is there.
type holding struct {
	name   string
	tensor *onnxio.Tensor
	factor float64 // what the stored values are to be divided by
	norm   float64
	tolerance
	l1      float64 // Σ |x|
	*layout         // of the stored values

	ascending []float32 // the values in ascending order, once they are asked for
	quantiles []float32 // some of these, likewise
	sums      *sums     // of its rows, likewise
}

// tolerance is how far rounding to a type may change a number: relative to it, and for the smallest ones absolutely.
type tolerance struct{ relative, absolute float64 }

func (t tolerance) and(u tolerance) tolerance {
	return tolerance{max(t.relative, u.relative), max(t.absolute, u.absolute)}
}

func toleranceOf(dataType onnxio.DataType) tolerance {
	switch dataType {
	case onnxio.Float16:
		return tolerance{0x1p-10, 0x1p-24}
	case onnxio.BFloat16:
		return tolerance{relative: 0x1p-7}
	}
	return tolerance{relative: 0x1p-22}
}

func newHolding(name string, t *onnxio.Tensor, factor float64) (*holding, error) {
	var norm onnxio.Norm
	reader := newLayoutReader(ints(t.Shape))
	err := t.Blocks(func(block []float64) error {
		norm.Add(block)
		reader.add(block)
		return nil
	})
	f, layout := math.Abs(factor), reader.layout
	h := &holding{name: name, tensor: t, factor: factor, norm: norm.Value() / f, l1: reader.l1 / f, layout: &layout, tolerance: toleranceOf(t.DataType)}
	h.absolute /= f
	return h, err
}

// normalized returns the values divided by their norm, the same for all multiples but for what rounding does to both; nil if that
// is no number.
func (h *holding) normalized() *holding {
	if !(h.norm > 0) || math.IsInf(h.norm, 0) {
		return nil
	}
	return &holding{name: h.name, tensor: h.tensor, factor: h.factor * h.norm, norm: 1, l1: h.l1 / h.norm,
		tolerance: tolerance{2 * h.relative, 2 * h.absolute / h.norm}}
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
	if h.ascending == nil {
		list, err := h.values()
		if err != nil {
			return nil, err
		}
		sortFloats(list)
		h.ascending = list
	}
	return h.ascending, nil
}

// forget releases the values.
func (h *holding) forget() { h.ascending = nil }

// sketch sets quantiles, so that most tensors of one size and about one norm are distinguished without reading them again.
// Rounding keeps the order of numbers, and so changes each of these as it does any number.
func (h *holding) sketch() error {
	const most = 256
	list, err := h.sorted()
	if err != nil {
		return err
	}
	for i := range min(most, len(list)) {
		h.quantiles = append(h.quantiles, list[i*(len(list)-1)/max(1, min(most, len(list))-1)])
	}
	h.forget()
	return nil
}

// fits reports whether a tensor may hold the values of another one: their number, norm and sum of absolute values are the same.
func (h *holding) fits(in *holding) bool {
	t, size := h.and(in.tolerance), float64(h.tensor.Size())
	return h.tensor.Size() == in.tensor.Size() && math.Abs(h.norm-in.norm) <= 2*t.relative*h.norm+t.absolute*math.Sqrt(size) &&
		math.Abs(h.l1-in.l1) <= 2*t.relative*h.l1+t.absolute*size
}

// exactly says how the values are arranged in another tensor that has the very same; false if it does not, or only rounded.
func (h *holding) exactly(in *holding) (how string, found bool) {
	if h.layout == nil || in.layout == nil || h.factor != 1 || in.factor != 1 || h.unordered != in.unordered || h.tensor.Size() != in.tensor.Size() {
		return "", false
	}
	from, to := withoutOnes(ints(h.tensor.Shape)), withoutOnes(ints(in.tensor.Shape))
	switch {
	case h.ordered == in.ordered && slices.Equal(from, to):
		return "as it is", true
	case h.ordered == in.ordered:
		return "in another shape", true
	case len(from) == 2 && slices.Equal(to, []int{from[1], from[0]}) && h.ordered == in.turned:
		return "transposed", true
	}
	return "in another order", true
}

// arrangement says how the values of a tensor are arranged in another one that fits; false if it does not hold them. They may be
// as they are, in another shape, transposed, or in any other order, as with the gates of a recurrent layer in another order.
func (h *holding) arrangement(in *holding) (how string, found bool, err error) {
	if how, found := h.exactly(in); found {
		return how, true, nil
	}
	t := h.and(in.tolerance)
	if h.quantiles != nil && in.quantiles != nil && !alike(h.quantiles, in.quantiles, t) {
		return "", false, nil
	}
	from, to := withoutOnes(ints(h.tensor.Shape)), withoutOnes(ints(in.tensor.Shape))
	switch inOrder, err := h.alike(in, t); {
	case err != nil:
		return "", false, err
	case inOrder && slices.Equal(from, to):
		return "as it is", true, nil
	case inOrder:
		return "in another shape", true, nil
	}
	a, err := h.values()
	if err != nil {
		return "", false, err
	}
	b, err := in.values()
	if err != nil {
		return "", false, err
	}
	switch {
	case len(from) == 2 && slices.Equal(to, []int{from[1], from[0]}) && alike(turned(a, from[1]), b, t):
		return "transposed", true, nil
	}
	// To put them in order takes longer than all the rest.
	sortFloats(a)
	sortFloats(b)
	return "in another order", alike(a, b, t), nil
}

// alike reports whether the values are those of another tensor in order but for rounding. It reads them up to the first that is not.
func (h *holding) alike(in *holding, t tolerance) (bool, error) {
	err := lockstep(h.tensor, in.tensor, (*onnxio.Tensor).Blocks, func(a, b []float64) error {
		for i, x := range a {
			if !t.near(x/h.factor, b[i]/in.factor) {
				return errUnequal
			}
		}
		return nil
	})
	if errors.Is(err, errUnequal) {
		return false, nil
	}
	return err == nil, err
}

// alike reports whether numbers are the same but for rounding.
func alike(a, b []float32, t tolerance) bool {
	for i, x := range a {
		if !t.near(float64(x), float64(b[i])) {
			return false
		}
	}
	return true
}

func (t tolerance) near(x, y float64) bool {
	return math.Abs(x-y) <= t.relative*max(math.Abs(x), math.Abs(y))+t.absolute
}
