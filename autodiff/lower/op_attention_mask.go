package lower

import "onnx-metainit/autodiff"

// positions are where queries and keys stand in the sequence: [s 1] and [t], the queries behind offset others.
func (c *call) positions(a attention, offset *autodiff.Node) (queries, keys *autodiff.Node) {
	s, t := a.q.Shape()[2], a.k.Shape()[2]
	return autodiff.Add(autodiff.Reshape(c.iota(s), s, 1), offset), c.iota(t)
}

// maskAttention reads what says which keys a query sees, for operator Attention: the mask (input 3), the number of keys
// that are no padding (input 6) and the attributes. past is the number of keys before those of this call.
func (c *call) maskAttention(a *attention, past int) {
	t := a.k.Shape()[2]
	if !c.absent(3) {
		c.addMask(a, c.in[3])
	}
	offset := c.scalar(float64(past))
	if !c.absent(6) {
		if !c.absent(4) {
			c.fail("input 6, the number of keys that are no padding, cannot be used with past keys")
		}
		lengths := c.lengths(6, a.q.Shape()[0])
		a.allow(autodiff.Less(c.iota(t), lengths))
		offset = autodiff.Sub(lengths, c.scalar(float64(a.q.Shape()[2])))
	}
	queries, keys := c.positions(*a, offset)
	if c.flag("is_causal", false) {
		a.allow(autodiff.LessEqual(keys, queries))
	}
	left, right := c.int("left_window_size", -1), c.int("right_window_size", -1)
	if left < -1 || right < -1 {
		c.fail("attributes \"left_window_size\" and \"right_window_size\" are %d and %d, expected at least -1", left, right)
	}
	if left >= 0 {
		a.allow(autodiff.LessEqual(autodiff.Sub(queries, keys), c.scalar(float64(left))))
	}
	if right >= 0 {
		a.allow(autodiff.LessEqual(autodiff.Sub(keys, queries), c.scalar(float64(right))))
	}
}

// lengths shapes input i, one number for each element of the batch, so that it broadcasts against [b h s t].
func (c *call) lengths(i, batch int) *autodiff.Node {
	if c.x(i).Size() != batch {
		c.fail("input %d has shape %v, expected [%d]", i, c.x(i).Shape(), batch)
	}
	return autodiff.Reshape(c.x(i), batch, 1, 1, 1)
}

// addMask applies a mask, truth values or floats to add. Keys beyond its last axis are hidden.
func (c *call) addMask(a *attention, v value) {
	mask, t := v.Node, a.k.Shape()[2]
	if mask.Rank() > 4 {
		c.fail("the mask has shape %v, expected at most 4 axes", mask.Shape())
	}
	if mask.Rank() > 0 && mask.Shape()[mask.Rank()-1] < t {
		given := mask.Shape()[mask.Rank()-1]
		lo, hi := make([]int, mask.Rank()), make([]int, mask.Rank())
		hi[mask.Rank()-1] = t - given
		mask = autodiff.Pad(mask, lo, hi, nil)
		a.allow(autodiff.Less(c.iota(t), c.scalar(float64(given))))
	}
	if isFloat(v.DataType) {
		c.hints.bias(v.Node)
		a.bias = mask
		return
	}
	if v.DataType != boolType {
		mask = autodiff.Not(autodiff.Equal(mask, c.scalar(0)))
	}
	a.allow(mask)
}
