package metainit

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"

	"onnx-metainit/onnxio"
)

// compare returns the difference of two tensors, without a name.
func compare(a, b *onnxio.Tensor, opt DiffOptions) (TensorDifference, error) {
	note := changes(a, b)
	switch {
	case note == "" && a.DataType == onnxio.String:
		return compareStrings(a, b)
	case note == "" && !a.IsNumeric():
		return compareBits(a, b)
	case !a.IsNumeric() || !b.IsNumeric() || a.Size() != b.Size():
		return TensorDifference{Status: StatusChanged, Note: note}, nil
	case exchanged(a.Shape, b.Shape):
		return compareOrders(a, b, note)
	}
	return compareNumbers(a, b, note, opt)
}

// compareNumbers compares numeric tensors of one size, element by element in the order in which they are stored.
func compareNumbers(a, b *onnxio.Tensor, note string, opt DiffOptions) (TensorDifference, error) {
	row := TensorDifference{Status: StatusChanged, Note: note}
	p, err := measure(a, b, opt)
	if err != nil {
		return row, err
	}
	row.Factor, row.Cosine, row.MaxAbs = finite(p.factor()), finite(p.cosine()), finite(p.maxAbs)
	scaled := a.IsFloat() && b.IsFloat() && row.Factor != nil && p.holds()
	switch {
	case !p.unequal && note == "",
		!p.beyond && opt.loose() && slices.Equal(a.Shape, b.Shape):
		row.Status = StatusSame
	case !p.unequal || !scaled:
	case note == "":
		row.Status = StatusScaled
	case p.admits(1):
		one := 1.0
		row.Factor, row.Note = &one, note+", rounded"
	default:
		row.Note = note + ", scaled"
	}
	return row, nil
}

// loose reports whether elements that differ can be the same.
func (opt DiffOptions) loose() bool { return opt.RTol > 0 || opt.ATol > 0 }

// changes says how type and shape differ; "" if they do not.
func changes(a, b *onnxio.Tensor) string {
	var list []string
	if a.DataType != b.DataType {
		list = append(list, fmt.Sprintf("%s -> %s", a.DataType.Name(), b.DataType.Name()))
	}
	if !slices.Equal(a.Shape, b.Shape) {
		list = append(list, fmt.Sprintf("shape %v -> %v", a.Shape, b.Shape))
	}
	return strings.Join(list, ", ")
}

// exchanged reports whether two shapes have the same axes in another order, but for axes of size 1.
func exchanged(a, b []int64) bool {
	one := func(d int64) bool { return d == 1 }
	a, b = slices.DeleteFunc(slices.Clone(a), one), slices.DeleteFunc(slices.Clone(b), one)
	if slices.Equal(a, b) {
		return false
	}
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// compareOrders says of tensors with exchanged axes whether they have the same elements.
func compareOrders(a, b *onnxio.Tensor, note string) (TensorDifference, error) {
	row := TensorDifference{Status: StatusChanged, Note: note}
	x, err := fingerprintOf(a)
	if err != nil {
		return row, err
	}
	y, err := fingerprintOf(b)
	switch {
	case err != nil || x.unordered != y.unordered:
	case x.ordered == y.ordered:
		row.Note += ", the same values in the same order"
	default:
		row.Note += ", the same values in another order"
	}
	return row, err
}

func compareStrings(a, b *onnxio.Tensor) (TensorDifference, error) {
	x, err := a.Strings()
	if err != nil {
		return TensorDifference{}, err
	}
	y, err := b.Strings()
	if err != nil {
		return TensorDifference{}, err
	}
	if slices.Equal(x, y) {
		return TensorDifference{Status: StatusSame}, nil
	}
	return TensorDifference{Status: StatusChanged}, nil
}

// compareBits compares tensors whose elements are no numbers that could be told how far apart they are.
func compareBits(a, b *onnxio.Tensor) (TensorDifference, error) {
	err := lockstep(a, b, (*onnxio.Tensor).Bits, func(a, b []uint64) error {
		if !slices.Equal(a, b) {
			return errUnequal
		}
		return nil
	})
	switch {
	case err == nil:
		return TensorDifference{Status: StatusSame}, nil
	case errors.Is(err, errUnequal):
		return TensorDifference{Status: StatusChanged}, nil
	}
	return TensorDifference{}, err
}

// finite returns the address of v, nil if v is not finite.
func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// reader calls a function with the elements of a tensor, block by block.
type reader[T any] func(*onnxio.Tensor, func(block []T) error) error

// lockstep calls f with the elements of two tensors of one size, in blocks of equal length, up to its first error.
func lockstep[T any](a, b *onnxio.Tensor, read reader[T], f func(a, b []T) error) error {
	next, stop := iter.Pull2(blocks(b, read))
	defer stop()
	var y []T
	return read(a, func(x []T) error {
		for len(x) > 0 {
			if len(y) == 0 {
				block, err, ok := next()
				if err != nil {
					return err
				}
				if !ok || len(block) == 0 {
					return errors.New("it has more elements than the tensor it is compared with")
				}
				y = block
			}
			n := min(len(x), len(y))
			if err := f(x[:n], y[:n]); err != nil {
				return err
			}
			x, y = x[n:], y[n:]
		}
		return nil
	})
}

// blocks returns the elements of the tensor in blocks, and at the end the error if there is one.
func blocks[T any](t *onnxio.Tensor, read reader[T]) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		enough := errors.New("enough")
		err := read(t, func(block []T) error {
			if !yield(block, nil) {
				return enough
			}
			return nil
		})
		if err != nil && !errors.Is(err, enough) {
			yield(nil, err)
		}
	}
}
