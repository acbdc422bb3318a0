package metainit

import (
	"slices"
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
	packed, err := packedRows(from, to)
	if err != nil {
		return nil, err
	}
	found := make(map[int][]TensorDifference) // by the place of A's tensor
	for i, p := range pairs {
		found[p.from.row] = append(found[p.from.row], differences[i])
	}
	inB := byName(right)
	named := make(map[string]bool) // of B, that go by their names
	var rows []TensorDifference
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
		rows = append(rows, list...)
	}
	used := make(map[int]bool)
	for _, b := range to {
		used[b.row] = used[b.row] || b.used
	}
	for i, t := range right {
		if !used[i] && !named[t.name] {
			rows = append(rows, TensorDifference{Name: t.name, Status: StatusAdded})
		}
	}
	return newDifference(rows), nil
}

// hasValues reports whether a tensor has values to be found by.
func hasValues(t *onnxio.Tensor) bool { return t.IsNumeric() && t.Size() > 0 }

// byValues returns the tensors that can be found by their values.
func byValues(tensors []namedTensor) (list []*stray, err error) {
	for i, t := range tensors {
		if hasValues(t.Tensor) {
			list = append(list, &stray{row: i, name: t.name, tensor: t.Tensor})
		}
	}
	return list, takeFingerprints(list)
}

// pairAll pairs tensors with those that have their values, one by one, and what is left then with those that are taken already,
// of which it is another copy.
func pairAll(from, to []*stray) ([]match, error) {
	once := func(from, to []*stray) ([]match, error) {
		pairs, err := pair(from, to)
		if err != nil {
			return nil, err
		}
		more, err := byQuantiles(from, to)
		return append(pairs, more...), err
	}
	all, err := once(from, to)
	for err == nil {
		var more, copies []match
		if more, err = once(unpaired(from), again(to)); err != nil {
			break
		}
		if copies, err = once(again(from), unpaired(to)); err != nil {
			break
		}
		if len(more)+len(copies) == 0 {
			return all, nil
		}
		all = append(append(all, more...), copies...)
	}
	return nil, err
}

// unpaired returns those that no values were found for.
func unpaired(list []*stray) []*stray {
	return slices.DeleteFunc(slices.Clone(list), func(c *stray) bool { return c.used })
}

// again returns copies of those that values were found for, which are free.
func again(list []*stray) (free []*stray) {
	for _, c := range list {
		if c.used {
			other := *c
			other.used = false
			free = append(free, &other)
		}
	}
	return free
}

// byQuantiles pairs what is left with positive multiples in any order. Such values are sorted once for each tensor.
func byQuantiles(from, to []*stray) (pairs []match, err error) {
	eligible := func(c *stray) bool { return !c.used && !c.uniform && c.tensor.IsFloat() && c.scalable() }
	sizes := make(map[int64]int)
	for side, list := range [][]*stray{from, to} {
		for _, c := range list {
			if eligible(c) {
				sizes[c.tensor.Size()] |= 1 << side
			}
		}
	}
	var sought [2][]*stray
	for side, list := range [][]*stray{from, to} {
		for _, c := range list {
			if eligible(c) && sizes[c.tensor.Size()] == 3 {
				sought[side] = append(sought[side], c)
			}
		}
	}
	both := slices.Concat(sought[0], sought[1])
	err = inParallel(0, len(both), func(i int) error {
		c := both[i]
		if c.holding != nil {
			return nil
		}
		h, err := newHolding(c.name, c.tensor, 1)
		if err != nil {
			return err
		}
		if c.holding = h.normalized(); c.holding == nil {
			return nil
		}
		return c.holding.sketch()
	})
	if err != nil {
		return nil, err
	}
	for _, a := range sought[0] {
		for _, b := range sought[1] {
			if a.holding == nil || b.holding == nil || b.used || !a.holding.fits(b.holding) {
				continue
			}
			_, found, err := a.holding.lies(b.holding)
			if err != nil {
				return nil, err
			}
			if found {
				a.used, b.used = true, true
				pairs = append(pairs, match{a, b, true})
				break
			}
		}
	}
	return pairs, nil
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
			how, found, err := u.lies(v)
			if err != nil {
				return d, err
			}
			if found {
				d.Note = how
			}
		}
		if unit := x.and(y.tolerance).unit; !same && !(y.norm/x.norm > 1-unit && y.norm/x.norm < 1+unit) {
			factor = y.norm / x.norm
		}
	}
	d.Factor = &factor
	d.Note = strings.TrimPrefix(changes(a, b)+", "+d.Note, ", ")
	return d, nil
}

// packedRows looks for what is left in rows of larger tensors of the other model, either way, and returns what it finds by the
// place of A's tensor.
func packedRows(from, to []*stray) (map[int][]TensorDifference, error) {
	packed := make(map[int][]TensorDifference)
	for _, turned := range []bool{false, true} {
		small, large := unpaired(from), unpaired(to)
		if turned {
			small, large = large, small
		}
		holdings := make(map[*stray]*holding)
		for _, c := range slices.Concat(small, large) {
			if c.tensor.IsFloat() && c.scalable() && !c.uniform {
				h, err := newHolding(c.name, c.tensor, 1)
				if err != nil {
					return nil, err
				}
				holdings[c] = h
			}
		}
		for _, part := range small {
			for _, c := range large {
				if holdings[part] == nil || holdings[c] == nil {
					continue
				}
				found, err := inRows(holdings[part], []*holding{holdings[c]}, []*Correspondence{{}}, []bool{false})
				if err != nil {
					return nil, err
				}
				for _, f := range found {
					one := 1.0
					d := TensorDifference{Name: part.name, Other: f.Target, Status: StatusSame, Factor: &one, Note: f.How}
					row := part.row
					if turned {
						d.Name, d.Other, row = d.Other, d.Name, c.row
					}
					packed[row] = append(packed[row], d)
					part.used, c.used = true, true
				}
			}
			if h := holdings[part]; h != nil {
				h.forget()
			}
		}
	}
	return packed, nil
}
