package onnxio

import (
	"cmp"
	"io"
	"math"
	"slices"
)

// change is a Scaling, or Values, that has been tried out.
type change struct {
	Rescaled
	values  []float64 // the new elements; nil: the old ones times Factor
	payload *payload  // nil if nothing changes
	sizes   []int     // of the runs afterwards
	starts  []int     // of the runs: which element is their first
	scaler  *scaler   // that finds the norms, and whatever is wrong, when the runs are written; nil: they are found
}

// editor changes the elements of a tensor block by block, in order, and keeps account of the norms.
type editor interface {
	edit(words []uint64) error
	norms() (before, after float64)
	changed() bool // whether any element is another, so far
}

// editor returns what changes the elements from one on.
func (c *change) editor(e elementType, from int) editor {
	switch {
	case c.values != nil:
		return &setter{elementType: e, values: c.values, at: from}
	case c.scaler != nil:
		return c.scaler
	}
	return &scaler{elementType: e, factor: c.Factor}
}

// plan finds the sizes of a scaling, and tries it only where values tell them.
func (c *change) plan() error {
	p, err := c.Tensor.payload()
	if err != nil {
		return err
	}
	if c.Factor == 1 || p.width == 0 {
		return c.try()
	}
	c.payload, c.sizes, c.starts = p, make([]int, len(p.runs)), make([]int, len(p.runs))
	c.scaler = &scaler{elementType: p.elementType, factor: c.Factor}
	for i, r := range p.runs {
		c.sizes[i] = r.end - r.start
	}
	return nil
}

// try changes the tensor without keeping the result.
func (c *change) try() error {
	p, err := c.Tensor.payload()
	if err != nil {
		return err
	}
	edit := c.editor(p.elementType, 0)
	sizes, starts, elements := make([]int, len(p.runs)), make([]int, len(p.runs)), 0
	for i, r := range p.runs {
		starts[i] = elements
		n := counter{w: io.Discard}
		items, err := p.rewrite(&n, r, edit)
		if err != nil {
			return err
		}
		elements += items
		sizes[i] = n.n
	}
	c.Before, c.Reached = edit.norms()
	if c.values == nil {
		c.Asked = c.Before * math.Abs(c.Factor)
	}
	if edit.changed() {
		c.payload, c.sizes, c.starts = p, sizes, starts
	}
	return nil
}

// patches returns what the changes do to the model file, in its order.
func patches(changes []*change) []patch {
	var patches []patch
	for _, c := range changes {
		if c.payload == nil || c.Tensor.IsExternal() {
			continue
		}
		for i, r := range c.payload.runs {
			within := r.parent
			if r.packed {
				within = &c.payload.runs[i].span
			}
			patches = append(patches, patch{r.start, r.end, c.sizes[i], within, func(w io.Writer) error { return c.write(w, i) }})
		}
	}
	slices.SortFunc(patches, func(a, b patch) int { return cmp.Compare(a.start, b.start) })
	return patches
}

// write writes a run of the tensor as it is to be.
func (c *change) write(w io.Writer, run int) error {
	edit := c.editor(c.payload.elementType, c.starts[run])
	if _, err := c.payload.rewrite(w, c.payload.runs[run], edit); err != nil {
		return c.Tensor.errorf("%w", err)
	}
	if c.scaler != nil {
		c.Before, c.Reached = c.scaler.norms()
		c.Asked = c.Before * math.Abs(c.Factor)
		c.scaler.x, c.scaler.y = nil, nil // there may be thousands of tensors
	}
	return nil
}
