package metainit

import (
	"errors"
	"fmt"
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

// namedTensor is a tensor with a name that no other of its model has.
type namedTensor struct {
	*onnxio.Tensor
	name string
}

// qualified returns the tensors of a model in file order.
func qualified(m *onnxio.Model) []namedTensor {
	var list []namedTensor
	seen := map[string]int{}
	for _, t := range m.Tensors {
		name := t.Name
		switch t.Place {
		case onnxio.Subgraph, onnxio.Function, onnxio.Training:
			name = t.Place.String() + "/" + name
		}
		seen[name]++
		if n := seen[name]; n > 1 {
			name = fmt.Sprintf("%s#%d", name, n)
		}
		list = append(list, namedTensor{t, name})
	}
	return list
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
	first := elementwise{same: true}
	if err := lockstep(a, b, first.add); err != nil {
		return TensorDifference{}, err
	}
	if first.same {
		one, zero := 1.0, 0.0
		return TensorDifference{Status: StatusSame, Factor: &one, Cosine: &one, MaxAbs: &zero}, nil
	}
	p := newProportion(a.DataType, first.maxA, first.maxB)
	if err := lockstep(a, b, p.add); err != nil {
		return TensorDifference{}, err
	}
	row := TensorDifference{Status: StatusChanged, Factor: finite(p.factor()), Cosine: finite(p.cosine()), MaxAbs: finite(first.maxAbs)}
	if a.IsFloat() && row.Factor != nil && p.holds() {
		row.Status = StatusScaled
	}
	return row, nil
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

// elementwise accumulates what is the same in every element.
type elementwise struct {
	same               bool
	maxA, maxB, maxAbs float64 // NaN if an element is
}

func (e *elementwise) add(a, b []float64) {
	for i, x := range a {
		y := b[i]
		e.maxA, e.maxB = max(e.maxA, math.Abs(x)), max(e.maxB, math.Abs(y))
		if x != y && (x == x || y == y) {
			e.same = false
			e.maxAbs = max(e.maxAbs, math.Abs(y-x))
		}
	}
}

// finite returns the address of v, nil if v is not finite.
func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// lockstep calls f with the elements of two tensors of one size, in blocks of equal length.
func lockstep(a, b *onnxio.Tensor, f func(a, b []float64)) error {
	next, stop := iter.Pull2(blocks(b))
	defer stop()
	var y []float64
	return a.Blocks(func(x []float64) error {
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
			f(x[:n], y[:n])
			x, y = x[n:], y[n:]
		}
		return nil
	})
}

// blocks returns the elements of the tensor in blocks, and at the end the error if there is one.
func blocks(t *onnxio.Tensor) iter.Seq2[[]float64, error] {
	return func(yield func([]float64, error) bool) {
		enough := errors.New("enough")
		err := t.Blocks(func(block []float64) error {
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
