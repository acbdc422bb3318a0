package metainit

import (
	"maps"
	"slices"

	"onnx-metainit/onnxio"
)

// Correspondence is a weight of a model and what holds its values in another file.
type Correspondence struct {
	Weight string  `json:"weight"`
	Target string  `json:"target"` // the tensor, or rows of one as name[from:to]
	How    string  `json:"how"`    // how the values are arranged there
	Factor float64 `json:"factor"`

	weight *onnxio.Tensor
	tensor *onnxio.Tensor
	file   *onnxio.Model
}

// inWhole looks for each weight in tensors of its size, and says which of these hold one. Tensors are read again only if their
// values are not exactly the same, as with other types.
func inWhole(weights, holdings []*holding, targets []*Correspondence) (found [][]*Correspondence, whole []bool, err error) {
	candidates := make([][]int, len(weights))
	crowded := make(map[*holding]bool)
	for i, w := range weights {
		var unclear []*holding
		for k, h := range holdings {
			if !w.fits(h) {
				continue
			}
			candidates[i] = append(candidates[i], k)
			if _, found := w.exactly(h); !found {
				unclear = append(unclear, h)
			}
		}
		if len(unclear) > 1 {
			crowded[w] = true
			for _, h := range unclear {
				crowded[h] = true
			}
		}
	}
	list := slices.Collect(maps.Keys(crowded))
	if err := inParallel(0, len(list), func(i int) error { return list[i].sketch() }); err != nil {
		return nil, nil, err
	}
	found, whole = make([][]*Correspondence, len(weights)), make([]bool, len(holdings))
	held := make([][]int, len(weights)) // what holds each
	err = inParallel(0, len(weights), func(i int) error {
		for _, k := range candidates[i] {
			how, holds, err := weights[i].arrangement(holdings[k])
			if err != nil {
				return err
			}
			if holds {
				c := *targets[k]
				c.How = how
				found[i], held[i] = append(found[i], &c), append(held[i], k)
			}
		}
		return nil
	})
	for _, k := range slices.Concat(held...) {
		whole[k] = true
	}
	return found, whole, err
}

// inRows looks for a weight in rows of larger tensors, as q, k and v in one, but for those that hold another weight as a whole.
func inRows(w *holding, holdings []*holding, targets []*Correspondence, whole []bool) (found []*Correspondence, err error) {
	for i, h := range holdings {
		shape := h.tensor.Shape
		if whole[i] || len(shape) < 2 || h.tensor.Size() <= w.tensor.Size() {
			continue
		}
		r, err := h.rows()
		if err != nil {
			return nil, err
		}
		starts, count, err := r.find(w, h.tolerance)
		if err != nil {
			return nil, err
		}
		for _, start := range starts {
			c := *targets[i]
			if c.tensor, err = h.tensor.Rows(int64(start), int64(start+count)); err != nil {
				return nil, err
			}
			c.Target, c.How = c.tensor.Name, "as rows"
			found = append(found, &c)
		}
	}
	return found, nil
}

// inParts looks for the rows or columns of a weight in smaller tensors.
func inParts(w *holding, holdings []*holding, targets []*Correspondence) ([]*Correspondence, error) {
	shape := withoutOnes(ints(w.tensor.Shape))
	if len(shape) < 2 {
		return nil, nil
	}
	last := shape[len(shape)-1]
	values, err := w.values()
	if err != nil {
		return nil, err
	}
	for _, r := range []*rows{rowsOf(values, shape[0]), rowsOf(turned(values, last), last)} {
		covered := make([]bool, r.count)
		var parts []*Correspondence
		for i, h := range holdings {
			starts, count, err := r.find(h, w.tolerance)
			if err != nil {
				return nil, err
			}
			h.forget()
			for _, start := range starts {
				for k := range count {
					covered[start+k] = true
				}
			}
			if len(starts) > 0 {
				c := *targets[i]
				c.How = "a part of it"
				parts = append(parts, &c)
			}
		}
		if !slices.Contains(covered, false) {
			return parts, nil
		}
	}
	return nil, nil
}
