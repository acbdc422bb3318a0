package metainit

import (
	"strings"

	"onnx-metainit/onnxio"
)

// diffByValue compares the tensors of two models whatever their names are.
func diffByValue(left, right []namedTensor, opt DiffOptions) (*Difference, error) {
	from, err := byValues(left)
	if err != nil {
		return nil, err
	}
	to, err := byValues(right)
	if err != nil {
		return nil, err
	}
	pairs, err := pairAll(from, to)
	if err != nil {
		return nil, err
	}
	differences := make([]TensorDifference, len(pairs))
	err = inParallel(0, len(pairs), func(i int) (err error) {
		differences[i], err = pairs[i].difference(opt)
		return err
	})
	if err != nil {
		return nil, err
	}
	packed, err := packed(from, to)
	if err != nil {
		return nil, err
	}
	found := make(map[int][]TensorDifference) // by the place of A's tensor
	for i, p := range pairs {
		found[p.from.index] = append(found[p.from.index], differences[i])
	}
	inB := byName(right)
	named := make(map[string]bool) // of B, that go by their names
	var diffs []TensorDifference
	for i, t := range left {
		list := append(found[i], packed[i]...)
		if other := inB[t.name]; other != nil && !hasValues(t.Tensor) && !hasValues(other) {
			d, err := compare(t.Tensor, other, opt)
			if err != nil {
				return nil, err
			}
			d.Name, named[t.name] = t.name, true
			list = append(list, d)
		}
		if len(list) == 0 {
			list = append(list, TensorDifference{Name: t.name, Status: StatusRemoved})
		}
		diffs = append(diffs, list...)
	}
	used := make(map[int]bool)
	for _, b := range to {
		used[b.index] = used[b.index] || b.used
	}
	for i, t := range right {
		if !used[i] && !named[t.name] {
			diffs = append(diffs, TensorDifference{Name: t.name, Status: StatusAdded})
		}
	}
	return newDifference(diffs), nil
}

// hasValues reports whether a tensor has values to be found by.
func hasValues(t *onnxio.Tensor) bool { return t.IsNumeric() && t.Size() > 0 }

// byValues returns the tensors that can be found by their values.
func byValues(tensors []namedTensor) (list []*stray, err error) {
	for i, t := range tensors {
		if hasValues(t.Tensor) {
			list = append(list, &stray{index: i, name: t.name, tensor: t.Tensor})
		}
	}
	return list, takeFingerprints(list)
}

// difference compares tensors that have the same values, or multiples of them.
func (p match) difference(opt DiffOptions) (d TensorDifference, err error) {
	a, b := p.from.tensor, p.to.tensor
	if !p.reordered {
		d, err = compareNumbers(a, b, changes(a, b), opt)
	} else {
		d, err = reordered(a, b, p.from.unordered == p.to.unordered)
	}
	if d.Name = p.from.name; p.to.name != d.Name {
		d.Other = p.to.name
	}
	if d.Status != StatusSame {
		d.Status = StatusScaled
		if d.Factor != nil && *d.Factor == 1 {
			d.Status = StatusSame
		}
	}
	return d, err
}

// reordered compares tensors whose values are multiples in another order, or the same.
func reordered(a, b *onnxio.Tensor, same bool) (TensorDifference, error) {
	d := TensorDifference{Note: "in another order"}
	factor := 1.0
	if a.IsFloat() && b.IsFloat() {
		x, err := newHolding("", a, 1)
		if err != nil {
			return d, err
		}
		y, err := newHolding("", b, 1)
		if err != nil {
			return d, err
		}
		if u, v := x.normalized(), y.normalized(); u != nil && v != nil {
			how, found, err := u.arrangement(v)
			if err != nil {
				return d, err
			}
			if found {
				d.Note = how
			}
		}
		if !same {
			factor = multiple(x.norm, y.norm, x.and(y.tolerance))
		}
	}
	d.Factor = &factor
	d.Note = strings.TrimPrefix(changes(a, b)+", "+d.Note, ", ")
	return d, nil
}

// multiple returns the factor between the norms of tensors that are multiples of each other: 1 if rounding can have made the
// difference.
func multiple(from, to float64, t tolerance) float64 {
	if f := to / from; !(f > 1-t.relative && f < 1+t.relative) {
		return f
	}
	return 1
}
