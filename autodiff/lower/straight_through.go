package lower

import "slices"

// With Options.StraightThrough, what is quantized remembers what it was before: QuantizeLinear and DequantizeLinear of the
// same scale and zero point are the identity together, in values and derivatives. Exporters put conversions, Clip and
// operators that only move elements between them.

// quantized is what quantized numbers were made of.
type quantized struct {
	real        value
	scale, zero value // zero may be absent
}

// quantizes makes the first result remember, with Options.StraightThrough, that it is input 0 in steps of scale.
func (c *call) quantizes(out []value, scale, zero value) []value {
	if c.straightThrough {
		out[0].quantized = &quantized{c.in[0], scale, zero}
	}
	return out
}

// carryQuantized makes results that are clipped or moved quantized numbers remember what these were.
func (c *call) carryQuantized(row *operator, out []value) {
	if len(c.in) == 0 || c.in[0].quantized == nil || len(out) == 0 || row.domain != "" {
		return
	}
	q := c.in[0].quantized
	switch {
	case row.name == "Clip":
		out[0].quantized = q
	case row.commutes:
		real := *c
		real.in = append([]value{q.real}, c.in[1:]...)
		for i, v := range row.lower(&real) {
			if v.Node != nil {
				out[i].quantized = &quantized{v, q.scale, q.zero}
			}
		}
	}
}

// unquantized returns what input 0 was before it was quantized with the scale and zero point that are inputs 1 and 2.
func (c *call) unquantized() (value, bool) {
	q := c.in[0].quantized
	if q == nil || !equalValues(q.scale, c.in[1]) || !equalValues(q.zero, c.optional(2)) {
		return value{}, false
	}
	c.pairs++
	return q.real, true
}

// equalValues reports whether the two are one node, or known to hold the same elements; absent is zero.
func equalValues(a, b value) bool {
	if a.Node == b.Node {
		return true
	}
	x, ok := elementsOf(a)
	y, known := elementsOf(b)
	switch {
	case !ok || !known:
		return false
	case a.Node == nil || b.Node == nil:
		return !slices.ContainsFunc(append(slices.Clone(x), y...), func(v float64) bool { return v != 0 })
	}
	return slices.Equal(x, y)
}

func elementsOf(v value) ([]float64, bool) {
	if v.Node == nil {
		return nil, true
	}
	if data, ok := v.Node.Value(); ok || v.read == nil {
		return data, ok
	}
	data, err := v.read()
	return data, err == nil
}
