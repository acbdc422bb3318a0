package metainit

import (
	"fmt"
	"math"
	"slices"
)

// packed looks for what is left in rows or columns of larger tensors of the other model, either way, with its values or a
// positive multiple of them, and returns what it finds by the place of A's tensor.
func packed(from, to []*stray) (map[int][]TensorDifference, error) {
	found := make(map[int][]TensorDifference)
	for _, turned := range []bool{false, true} {
		small, large := unpaired(from), unpaired(to)
		if turned {
			small, large = large, small
		}
		parts, err := packable(small)
		if err != nil {
			return nil, err
		}
		wholes, err := packable(large)
		if err != nil {
			return nil, err
		}
		lists := make([][]packing, len(wholes))
		err = inParallel(0, len(wholes), func(i int) (err error) {
			lists[i], err = packings(parts, wholes[i])
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, p := range slices.Concat(lists...) {
			d := TensorDifference{Name: p.part.name, Other: p.target, Status: StatusSame, Factor: &p.factor, Note: p.how}
			row := p.part.index
			if turned {
				p.factor = 1 / p.factor
				d.Name, d.Other, row = d.Other, d.Name, p.whole.index
			}
			if p.factor != 1 {
				d.Status = StatusScaled
			}
			found[row] = append(found[row], d)
			p.part.used, p.whole.used = true, true
		}
	}
	return found, nil
}

// packing is a tensor that is stored in rows or columns of a larger one.
type packing struct {
	part, whole *stray
	target      string // the rows or columns
	how         string
	factor      float64 // from the tensor to these
}

// packable returns the tensors that such rows can be, or be part of, with their values divided by their norms.
func packable(list []*stray) (kept []*stray, err error) {
	kept = slices.DeleteFunc(list, func(c *stray) bool { return !c.tensor.IsFloat() || !c.scalable() || c.uniform })
	err = inParallel(0, len(kept), func(i int) error {
		if kept[i].holding != nil {
			return nil
		}
		h, err := newHolding(kept[i].name, kept[i].tensor, 1)
		kept[i].holding = h.normalized()
		return err
	})
	return slices.DeleteFunc(kept, func(c *stray) bool { return c.holding == nil }), err
}

// packings looks for parts in the rows of a tensor, and for what is not there in its columns.
func packings(parts []*stray, whole *stray) (found []packing, err error) {
	h := whole.holding
	shape := ints(h.tensor.Shape)
	axes := []struct {
		count        int
		how, pattern string
		rows         func() (*rows, error)
	}{
		{shape[0], "as rows", "%s[%d:%d]", h.rows},
		{shape[len(shape)-1], "as columns", "%s[...,%d:%d]", h.columns},
	}
	in := make(map[*stray]bool)
	for _, axis := range axes {
		var r *rows
		width := int(h.tensor.Size()) / axis.count
		for _, part := range parts {
			if size := int(part.tensor.Size()); in[part] || size%width != 0 || size >= axis.count*width {
				continue
			}
			if r == nil {
				if r, err = axis.rows(); err != nil {
					return nil, err
				}
			}
			starts, norms, count, err := r.findMultiple(part.holding, h.tolerance)
			if err != nil {
				return nil, err
			}
			for i, start := range starts {
				t := part.holding.and(h.tolerance)
				f := multiple(part.holding.factor, norms[i]*h.factor, t)
				found = append(found, packing{part, whole, fmt.Sprintf(axis.pattern, whole.name, start, start+count), axis.how, f})
				in[part] = true
			}
		}
	}
	return found, nil
}

// columns takes the last axis for rows.
func (h *holding) columns() (*rows, error) {
	values, err := h.values()
	if err != nil {
		return nil, err
	}
	last := int(h.tensor.Shape[len(h.tensor.Shape)-1])
	return rowsOf(turned(values, last), last), nil
}

// findMultiple is find for the values of a smaller tensor, whose norm is 1, times any positive number; norms are those of the
// rows it is found in. Σ|x| / ‖x‖, which no multiple changes, distinguishes most rows. Where that fits too many because of
// rounding to a narrow type, only those count whose norms are in proportion one by one: rows in another order are not found there.
func (r *rows) findMultiple(h *holding, of tolerance) (starts []int, norms []float64, count int, err error) {
	const most = 8
	if count = r.holds(int(h.tensor.Size())); count == 0 {
		return nil, nil, 0, nil
	}
	part := *h // others may look for it at the same time
	h = &part
	tolerated := func(norm float64) tolerance { return h.and(tolerance{of.relative, of.absolute / norm}) }
	var fits []int
	size := float64(h.tensor.Size())
	for i := 0; i+count <= r.count; i++ {
		square, absolute := r.squares[i+count]-r.squares[i], r.absolutes[i+count]-r.absolutes[i]
		norm := math.Sqrt(square)
		t := tolerated(norm)
		rounding := 2*t.relative + t.absolute*(size/h.l1+math.Sqrt(size)) + 0x1p-40*(r.square/square+r.absolute/absolute)
		if square > 0 && math.Abs(absolute/norm-h.l1) <= rounding*h.l1 {
			fits = append(fits, i)
		}
	}
	if len(fits) > most {
		if fits, err = r.inProportion(h, tolerated, fits, count); err != nil {
			return nil, nil, 0, err
		}
	}
	end := 0
	for _, i := range fits {
		if i < end {
			continue // of rows that are all the same, each once
		}
		wanted, err := h.sorted()
		if err != nil {
			return nil, nil, 0, err
		}
		list, err := r.read(i, i+count)
		if err != nil {
			return nil, nil, 0, err
		}
		norm := math.Sqrt(rowsOf(list, 1).square)
		for k, v := range list {
			list[k] = float32(float64(v) / norm)
		}
		sortFloats(list)
		if alike(wanted, list, tolerated(norm)) {
			starts, norms, end = append(starts, i), append(norms, norm), i+count
		}
	}
	return starts, norms, count, nil
}

// inProportion keeps the places from which on the norms of rows are those of the rows or of the columns of a tensor of norm 1,
// times one number.
func (r *rows) inProportion(h *holding, tolerated func(norm float64) tolerance, places []int, count int) (kept []int, err error) {
	values, err := h.values()
	if err != nil {
		return nil, err
	}
	last := int(h.tensor.Shape[len(h.tensor.Shape)-1])
	either := []*rows{rowsOf(values, count), rowsOf(turned(values, last), count)}
	for _, at := range places {
		norm := r.norm(at, at+count)
		t := tolerated(norm)
		rounding := t.absolute*math.Sqrt(float64(r.width)) + 0x1p-20*math.Sqrt(r.square)/norm
		if slices.ContainsFunc(either, func(part *rows) bool {
			for i := range count {
				x, y := part.norm(i, i+1), r.norm(at+i, at+i+1)/norm
				if !(math.Abs(x-y) <= t.relative*max(x, y)+rounding) {
					return false
				}
			}
			return true
		}) {
			kept = append(kept, at)
		}
	}
	return kept, nil
}

// norm returns that of some rows.
func (r *rows) norm(from, to int) float64 { return math.Sqrt(max(0, r.squares[to]-r.squares[from])) }
