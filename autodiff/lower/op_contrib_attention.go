package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

var contribAttentionRows = []operator{
	{name: "Attention", domain: microsoft, since: 1, inputs: arity{2, 7}, lower: lowerMicrosoftAttention, factors: []int{0, 1},
		roles: roles{4: {Fixed, "past keys and values"}}, ignores: []string{"mask_filter_value", "rotary_embedding_dim"}},
	{name: "MultiHeadAttention", domain: microsoft, since: 1, inputs: arity{1, 10}, lower: lowerMultiHeadAttention,
		roles: roles{6: {Fixed, "past keys"}, 7: {Fixed, "past values"}}, ignores: []string{"mask_filter_value"}},
}

// lowerMicrosoftAttention projects the input to queries, keys and values, and attends. Result 1 is keys and values,
// those of before included, as [2 b h t d].
func lowerMicrosoftAttention(c *call) []value {
	c.without(map[int]string{6: "past_sequence_length"})
	c.withoutFlags("past_present_share_buffer", "do_rotary")
	heads := c.int("num_heads", 0)
	if c.x(0).Rank() != 3 || c.x(1).Rank() != 2 {
		c.fail("needs data [batch sequence channels] and a matrix of weights")
	}
	x := autodiff.MatMul(c.x(0), c.x(1))
	if !c.absent(2) {
		x = autodiff.Add(x, c.x(2))
	}
	width := x.Shape()[2]
	sizes, ok := c.ints("qkv_hidden_sizes")
	if !ok {
		sizes = []int{width / 3, width / 3, width / 3}
	}
	q, k, v := c.qkv(x, sizes)
	a := attention{q: c.heads(q, heads), k: c.heads(k, heads), v: c.heads(v, heads)}
	past := 0
	if !c.absent(4) {
		before := c.x(4)
		if before.Rank() != 5 || before.Shape()[0] != 2 {
			c.fail("the past has shape %v, expected 2, batch, heads, sequence and channels", before.Shape())
		}
		past = before.Shape()[3]
		shape := before.Shape()[1:]
		a.k = autodiff.Concat(2, autodiff.Reshape(autodiff.SliceAxis(before, 0, 0, 1), shape...), a.k)
		a.v = autodiff.Concat(2, autodiff.Reshape(autodiff.SliceAxis(before, 0, 1, 2), shape...), a.v)
	}
	y := c.microsoft(a, 3, 5, past)
	if !slices.Equal(a.k.Shape(), a.v.Shape()) {
		return c.same(y) // the runtime has no present for values of another size
	}
	present := autodiff.Concat(0, unsqueeze(a.k, 0), unsqueeze(a.v, 0))
	return append(c.same(y), c.same(present)...)
}

// qkv cuts the last axis into queries, keys and values of the given sizes.
func (c *call) qkv(x *autodiff.Node, sizes []int) (q, k, v *autodiff.Node) {
	last := x.Rank() - 1
	if len(sizes) != 3 || min(sizes[0], sizes[1], sizes[2]) < 0 || sizes[0]+sizes[1]+sizes[2] != x.Shape()[last] {
		c.fail("%d channels cannot be cut into %v for queries, keys and values", x.Shape()[last], sizes)
	}
	values := sizes[0] + sizes[1]
	return autodiff.SliceAxis(x, last, 0, sizes[0]), autodiff.SliceAxis(x, last, sizes[0], values),
		autodiff.SliceAxis(x, last, values, values+sizes[2])
}

// microsoft attends with the mask, the bias and the attributes that Attention and MultiHeadAttention share, and joins the
// heads.
func (c *call) microsoft(a attention, mask, bias, past int) *autodiff.Node {
	a.scale = c.defaultScale(a.q.Shape()[3])
	if !c.absent(mask) {
		// A hidden key is one with a low score, not one that is out: where all are hidden, all are seen.
		low := c.float("mask_filter_value", -10000)
		a.bias = autodiff.Select(c.padding(a, mask, past), c.scalar(0), c.scalar(low))
	}
	if !c.absent(bias) {
		a.addBias(c.x(bias))
	}
	if c.flag("unidirectional", false) {
		queries, keys := c.positions(a, c.scalar(float64(past)))
		a.allow(autodiff.LessEqual(keys, queries))
	}
	return joined(c.attend(a).y)
}

func (a *attention) addBias(b *autodiff.Node) {
	if a.bias != nil {
		b = autodiff.Add(a.bias, b)
	}
	a.bias = b
}

// padding returns which keys input i leaves visible. It holds, by its shape, the lengths [b]; the ends, then the starts
// [2·b]; or truth values [b t], [b s t] or [b 1 max max].
func (c *call) padding(a attention, i, past int) *autodiff.Node {
	m := c.x(i)
	b, s, t := a.q.Shape()[0], a.q.Shape()[2], a.k.Shape()[2]
	ends := func(from int) *autodiff.Node {
		return autodiff.Reshape(autodiff.SliceAxis(m, 0, from, from+b), b, 1, 1, 1)
	}
	switch shape := m.Shape(); {
	case slices.Equal(shape, []int{b}):
		return autodiff.Less(c.iota(t), ends(0))
	case slices.Equal(shape, []int{2 * b}):
		return autodiff.And(autodiff.Less(c.iota(t), ends(0)), autodiff.LessEqual(ends(b), c.iota(t)))
	case slices.Equal(shape, []int{b, t}):
		return positive(autodiff.Reshape(m, b, 1, 1, t))
	case slices.Equal(shape, []int{b, s, t}):
		return positive(autodiff.Reshape(m, b, 1, s, t))
	case len(shape) == 4 && shape[0] == b && shape[1] == 1 && shape[2] >= past+s && shape[3] >= t:
		return positive(autodiff.Slice(m, []int{0, 0, past, 0}, []int{b, 1, past + s, t}, nil))
	default:
		c.fail("input %d has shape %v; supported are [%d], [%d], [%d %d], [%d %d %d] and [%d 1 max max]",
			i, shape, b, 2*b, b, t, b, s, t, b)
	}
	return nil
}

// lowerMultiHeadAttention attends with queries, keys and values that are projected already, each [b s h·d], in one tensor
// [b s h 3 d], or keys and values in one [b t h 2 d] or with their heads apart [b h t d]. Results 1 and 2 are keys and
// values, those of before included.
func lowerMultiHeadAttention(c *call) []value {
	c.without(map[int]string{8: "past_sequence_length", 9: "cache_indirection"})
	n := c.int("num_heads", 0)
	a := c.projected(n)
	past := c.withPast(&a, 6, 7)
	y := c.microsoft(a, 4, 5, past)
	return append(c.same(y), append(c.same(a.k), c.same(a.v)...)...)
}

func (c *call) projected(n int) attention {
	q := c.x(0)
	part := func(x *autodiff.Node, i int) *autodiff.Node { // [b s h parts d] to [b s h·d]
		b, s, d := x.Shape()[0], x.Shape()[1], x.Shape()[4]
		return autodiff.Reshape(autodiff.SliceAxis(x, 3, i, i+1), b, s, n*d)
	}
	packed := func(x *autodiff.Node, parts int) bool {
		if x.Rank() == 5 && (x.Shape()[2] != n || x.Shape()[3] != parts) {
			c.fail("shape %v is not that of %d tensors of %d heads in one", x.Shape(), parts, n)
		}
		return x.Rank() == 5
	}
	var k, v *autodiff.Node
	switch {
	case packed(q, 3):
		q, k, v = part(q, 0), part(q, 1), part(q, 2)
	case c.absent(1):
		c.fail("input 1, the keys, is missing")
	case packed(c.x(1), 2):
		k, v = part(c.x(1), 0), part(c.x(1), 1)
	default:
		k, v = c.x(1), c.x(2)
	}
	if k.Rank() == 4 && v.Rank() == 4 {
		// They were projected for an earlier call: the bias is in them.
		if !c.absent(3) {
			q = autodiff.Add(q, autodiff.SliceAxis(c.x(3), 0, 0, q.Shape()[q.Rank()-1]))
		}
		return attention{q: c.heads(q, n), k: k, v: v}
	}
	if !c.absent(3) {
		bq, bk, bv := c.qkv(c.x(3), []int{q.Shape()[2], k.Shape()[k.Rank()-1], v.Shape()[v.Rank()-1]})
		q, k, v = autodiff.Add(q, bq), autodiff.Add(k, bk), autodiff.Add(v, bv)
	}
	return attention{q: c.heads(q, n), k: c.heads(k, n), v: c.heads(v, n)}
}
