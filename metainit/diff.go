package metainit

import (
	"errors"
	"iter"
	"math"
	"slices"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

// Status says how a tensor of one model stands to that of the same name in another.
type Status string

const (
	StatusSame    Status = "same"    // equal in type, shape and every element
	StatusScaled  Status = "scaled"  // B = factor·A, rounded to the tensors' floating-point type
	StatusChanged Status = "changed" // anything else
	StatusAdded   Status = "added"   // in B only
	StatusRemoved Status = "removed" // in A only
)

// Difference compares the tensors of two models, A and B.
type Difference struct {
	Same    bool               `json:"same"`    // all tensors are
	Tensors []TensorDifference `json:"tensors"` // in the order of A, then what B adds
}

// TensorDifference compares two tensors of one name. Numbers are nil where they have no meaning: all of them if one of
// the tensors is missing, or if types or shapes differ, or elements are not numbers.
type TensorDifference struct {
	Name   string   `json:"name"`
	Status Status   `json:"status"`
	Factor *float64 `json:"factor"`  // ⟨A, B⟩ / ⟨A, A⟩
	Cosine *float64 `json:"cosine"`  // ⟨A, B⟩ / (‖A‖ ‖B‖)
	MaxAbs *float64 `json:"max_abs"` // max |B − A|
}

// Diff compares the tensors of two models by their names: initializers and those in nodes, in subgraphs, functions and
// training information too, whose names begin with the place. Memory does not grow with the tensors. The error is that
// of a tensor that cannot be read.
func Diff(a, b *onnxio.Model) (*Difference, error) {
	left, right := qualified(a), qualified(b)
	inA, inB := byName(left), byName(right)
	rows := make([]TensorDifference, len(left))
	err := inParallel(0, len(rows), func(i int) (err error) {
		rows[i].Status = StatusRemoved
		if other := inB[left[i].name]; other != nil {
			rows[i], err = compare(left[i].Tensor, other)
		}
		rows[i].Name = left[i].name
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, t := range right {
		if inA[t.name] == nil {
			rows = append(rows, TensorDifference{Name: t.name, Status: StatusAdded})
		}
	}
	different := slices.ContainsFunc(rows, func(row TensorDifference) bool { return row.Status != StatusSame })
	return &Difference{Same: !different, Tensors: rows}, nil
}

func byName(list []namedTensor) map[string]*onnxio.Tensor {
	tensors := make(map[string]*onnxio.Tensor, len(list))
	for _, t := range list {
		tensors[t.name] = t.Tensor
	}
	return tensors
}

// compare returns the difference of two tensors, without a name.
func compare(a, b *onnxio.Tensor) (TensorDifference, error) {
	if a.DataType != b.DataType || !slices.Equal(a.Shape, b.Shape) {
		return TensorDifference{Status: StatusChanged}, nil
	}
	if a.DataType == onnxpb.TensorProto_STRING {
		return compareStrings(a, b)
	}
	if !a.IsNumeric() {
		return compareBits(a, b)
	}
	switch err := lockstep(a, b, (*onnxio.Tensor).Blocks, equal); {
	case err == nil:
		one, zero := 1.0, 0.0
		return TensorDifference{Status: StatusSame, Factor: &one, Cosine: &one, MaxAbs: &zero}, nil
	case !errors.Is(err, errUnequal):
		return TensorDifference{}, err
	}
	p, err := measure(a, b)
	if err != nil {
		return TensorDifference{}, err
	}
	row := TensorDifference{Status: StatusChanged, Factor: finite(p.factor()), Cosine: finite(p.cosine()), MaxAbs: finite(p.maxAbs)}
	if a.IsFloat() && row.Factor != nil && p.holds() {
		row.Status = StatusScaled
	}
	return row, nil
}

// errUnequal ends a comparison at the first block that differs: tensors that are the same are read once and at the speed
// of memory, others not much more than once.
var errUnequal = errors.New("unequal")

// equal returns errUnequal unless the elements are equal; NaN is equal to NaN.
func equal(a, b []float64) error {
	b = b[:len(a)]
	for i, x := range a {
		if y := b[i]; x != y && (x == x || y == y) {
			return errUnequal
		}
	}
	return nil
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
