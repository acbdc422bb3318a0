package lower

import "onnx-metainit/autodiff"

var contribGroupAttentionRows = []operator{
	{name: "GroupQueryAttention", domain: microsoft, since: 1, inputs: arity{1, 17}, lower: lowerGroupQueryAttention,
		roles:   roles{3: {Fixed, "past keys"}, 4: {Fixed, "past values"}, 7: {Fixed, "cosines"}, 8: {Fixed, "sines"}},
		ignores: []string{"rotary_interleaved", "smooth_softmax", "qk_norm_epsilon", "q_norm_epsilon", "k_norm_epsilon", "k_quant_type", "v_quant_type"}},
	{name: "RotaryEmbedding", domain: microsoft, since: 1, inputs: arity{4, 4}, lower: lowerMicrosoftRotaryEmbedding,
		roles: roles{2: {Fixed, "cosines"}, 3: {Fixed, "sines"}}, ignores: []string{"num_heads", "rotary_embedding_dim"}},
}

// lowerGroupQueryAttention is causal attention in which heads of queries share keys, of a whole prompt: past keys are
// taken as all there is before it. What seqlens_k says of padding behind the prompt changes rows of padding only, unless
// every query sees every key. Results 1 and 2 are keys and values, those of before included.
func lowerGroupQueryAttention(c *call) []value {
	c.without(map[int]string{12: "k_scale", 13: "v_scale", 14: "q_norm_weight", 15: "k_norm_weight", 16: "query_seqlens"})
	c.withoutFlags("sliding_window_cache", "kv_cache_bit_width")
	heads, groups := c.int("num_heads", 0), c.int("kv_num_heads", 0)
	q, k, v := c.x(0), (*autodiff.Node)(nil), (*autodiff.Node)(nil)
	if c.absent(1) {
		if q.Rank() != 3 || groups < 1 || heads < 1 || q.Shape()[2]%(heads+2*groups) != 0 {
			c.fail("queries, keys and values of %d and twice %d heads cannot be in shape %v", heads, groups, q.Shape())
		}
		d := q.Shape()[2] / (heads + 2*groups)
		q, k, v = c.qkv(q, []int{heads * d, groups * d, groups * d})
	} else {
		k, v = c.x(1), c.x(2)
	}
	a := attention{q: c.heads(q, heads), k: c.heads(k, groups), v: c.heads(v, groups), cap: c.float("softcap", 0)}
	a.scale = c.defaultScale(a.q.Shape()[3])
	b, s := a.q.Shape()[0], a.q.Shape()[2]
	before := 0
	if !c.absent(3) && c.x(3).Rank() == 4 {
		before = c.x(3).Shape()[2]
	}
	if c.flag("do_rotary", false) {
		cos, sin := c.sequenceAngles(7, b, s, before), c.sequenceAngles(8, b, s, before)
		interleaved := c.flag("rotary_interleaved", false)
		a.q, a.k = c.rotary(a.q, cos, sin, interleaved), c.rotary(a.k, cos, sin, interleaved)
	}
	past := c.withPast(&a, 3, 4)
	t := a.k.Shape()[2]
	c.x(5)
	c.x(6)
	if total, err := c.dataOf(c.in[6]); err == nil && (len(total) != 1 || whole(total[0]) != t) {
		c.fail("total_sequence_length is %v, expected %d: %d before and %d now (a buffer with room for more keys is not supported)",
			total, t, past, s)
	}
	queries, keys := c.positions(a, c.scalar(float64(past)))
	if c.flag("causal", true) {
		a.allow(autodiff.LessEqual(keys, queries))
	} else {
		a.allow(autodiff.LessEqual(c.iota(t), c.lengths(5, b)))
	}
	if window := c.int("local_window_size", -1); window > 0 {
		a.allow(autodiff.Less(autodiff.Sub(queries, keys), c.scalar(float64(window))))
	}
	if !c.absent(10) {
		a.addBias(c.x(10))
	}
	switch {
	case !c.absent(11):
		a.sink = autodiff.Reshape(c.x(11), heads, 1, 1)
	case c.int("smooth_softmax", -1) == 1:
		a.sink = c.scalar(0)
	}
	r := c.attend(a)
	out := append(c.same(joined(r.y)), append(c.same(a.k), c.same(a.v)...)...)
	switch mode := c.int("qk_output", 0); mode {
	case 0:
		return out
	case 1:
		return append(out, c.same(r.biased)...)
	case 2:
		return append(out, c.same(r.likelihood)...)
	default:
		c.fail("attribute \"qk_output\" is %d, expected 0 to 2", mode)
	}
	return nil
}

// sequenceAngles picks the rows of table input i for the positions of input 9, or for those after the ones before.
func (c *call) sequenceAngles(i, b, s, before int) *autodiff.Node {
	if !c.absent(9) {
		return autodiff.Reshape(c.angles(i, 9), b, s, c.x(i).Shape()[1])
	}
	if c.x(i).Rank() != 2 || before+s > c.x(i).Shape()[0] {
		c.fail("input %d has shape %v, expected one row for each of %d positions", i, c.x(i).Shape(), before+s)
	}
	return autodiff.SliceAxis(c.x(i), 0, before, before+s)
}

// lowerMicrosoftRotaryEmbedding takes the positions before the tables; a single one is where the sequence starts.
func lowerMicrosoftRotaryEmbedding(c *call) []value {
	c.withoutFlags("is_packed_batching")
	x, cos := c.x(0), c.x(2)
	if scale := c.float("scale", 1); scale != 1 {
		c.fail("attribute \"scale\" is %v; only 1 is supported", scale)
	}
	if cos.Rank() != 2 {
		c.fail("the cosines have shape %v, expected one row for each position", cos.Shape())
	}
	flat := x.Rank() == 3
	if flat {
		heads := c.int("num_heads", 0)
		if c.int("rotary_embedding_dim", 0) == 0 && cos.Shape()[1] > 0 {
			heads = x.Shape()[2] / (2 * cos.Shape()[1])
		}
		x = c.heads(x, heads)
	}
	if x.Rank() != 4 {
		c.fail("needs 3 or 4 axes")
	}
	b, s := x.Shape()[0], x.Shape()[2]
	at, rows := c.x(1), cos.Shape()[0]
	if at.Size() == 1 {
		at, rows = autodiff.Add(autodiff.Reshape(at), c.iota(s)), rows-s+1
	}
	c.indexes(1, max(rows, 1))
	if at.Rank() == 2 && (at.Shape()[0] != b || at.Shape()[1] != s) || at.Rank() > 2 {
		c.fail("the positions have shape %v, expected [1] or [%d %d]", at.Shape(), b, s)
	}
	y := c.rotary(x, autodiff.Take(cos, at, 0), autodiff.Take(c.x(3), at, 0), c.flag("interleaved", false))
	if flat {
		y = joined(y)
	}
	return c.same(y)
}
