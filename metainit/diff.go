package metainit

import (
	"slices"

	"onnx-metainit/onnxio"
)

// Status says how a tensor of one model stands to that of the same name in another.
type Status string

const (
	StatusSame    Status = "same"    // equal in type, shape and every element, or within the tolerance
	StatusScaled  Status = "scaled"  // B = factor·A, rounded to the tensors' floating-point type, as A may be too
	StatusChanged Status = "changed" // anything else
	StatusAdded   Status = "added"   // in B only
	StatusRemoved Status = "removed" // in A only
	StatusRenamed Status = "renamed" // in A only, with its values, perhaps scaled, in a tensor that is in B only
)

// DiffOptions say what counts as the same.
type DiffOptions struct {
	// Elements a of A and b of B are the same if |b − a| <= ATol + RTol·|a|. If either is above 0, a tensor may be of
	// another type too.
	RTol, ATol float64

	// ByValue: names, shapes and the order of elements do not count. Each tensor is found in those of the other model that have
	// its values, a multiple of them in the same order, or a positive multiple in any order; what is nowhere as a whole, in rows, or
	// columns, of larger tensors that have its values or a positive multiple of them. The name of such rows is that of the tensor with
	// [from:to], of columns, which are those of the last axis, with [...,from:to]. A tensor that is found several times has several
	// rows, and what is found is same or scaled. Strings, complex numbers and empty tensors go by their names.
	ByValue bool

	// Histograms: tensors that differ have one of their elements. It reads them twice more.
	Histograms bool
}

// Difference compares the tensors of two models, A and B.
type Difference struct {
	Same    bool               `json:"same"`    // all tensors are
	Tensors []TensorDifference `json:"tensors"` // in the order of A, then what B adds

	Histograms []*ValueHistogram `json:"histograms,omitempty"` // with DiffOptions.Histograms, of each of Tensors: nil where there is none to show
}

// TensorDifference compares two tensors of one name; if it is renamed, A's Name with B's Other. Elements are compared as
// numbers whatever the types, in the order in which they are stored, but not if axes may have been exchanged. Numbers are
// nil where they have no meaning: all of them if a tensor is missing, has another size or elements that are no numbers.
type TensorDifference struct {
	Name   string   `json:"name"`
	Status Status   `json:"status"`
	Factor *float64 `json:"factor"`  // ⟨A, B⟩ / ⟨A, A⟩
	Cosine *float64 `json:"cosine"`  // ⟨A, B⟩ / (‖A‖ ‖B‖)
	MaxAbs *float64 `json:"max_abs"` // max |B − A|
	Other  string   `json:"other"`   // the tensor of B that has the values of A's, if it has another name; "" if none is found
	Note   string   `json:"note"`    // what else there is to say, such as float32 -> float16; "" if there is nothing
}

// Diff compares the tensors of two models by their names: initializers and those in nodes, in subgraphs, functions and
// training information too, whose names begin with the place. What only one model has, or has changed, is looked for in
// the other by its values. Memory does not grow with the tensors; by value, with the largest of them. The error is that of a tensor
// that cannot be read.
func Diff(a, b *onnxio.Model, opt DiffOptions) (*Difference, error) {
	left, right := qualified(a), qualified(b)
	d, err := diffTensors(left, right, opt)
	if err == nil && opt.Histograms {
		d.Histograms, err = histograms(d.Tensors, byName(left), byName(right))
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

func diffTensors(left, right []namedTensor, opt DiffOptions) (*Difference, error) {
	if opt.ByValue {
		return diffByValue(left, right, opt)
	}
	inA, inB := byName(left), byName(right)
	diffs := make([]TensorDifference, len(left))
	err := inParallel(0, len(diffs), func(i int) (err error) {
		diffs[i].Status = StatusRemoved
		if other := inB[left[i].name]; other != nil {
			diffs[i], err = compare(left[i].Tensor, other, opt)
		}
		diffs[i].Name = left[i].name
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, t := range right {
		if inA[t.name] == nil {
			diffs = append(diffs, TensorDifference{Name: t.name, Status: StatusAdded})
		}
	}
	if diffs, err = moved(diffs, inA, inB, opt); err != nil {
		return nil, err
	}
	return newDifference(diffs), nil
}

func newDifference(diffs []TensorDifference) *Difference {
	different := slices.ContainsFunc(diffs, func(row TensorDifference) bool { return row.Status != StatusSame })
	return &Difference{Same: !different, Tensors: diffs}
}

func byName(list []namedTensor) map[string]*onnxio.Tensor {
	tensors := make(map[string]*onnxio.Tensor, len(list))
	for _, t := range list {
		tensors[t.name] = t.Tensor
	}
	return tensors
}
