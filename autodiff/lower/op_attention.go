package lower

import (
	"math"

	"onnx-metainit/autodiff"
)

var attentionRows = []operator{
	{name: "Attention", since: 23, inputs: arity{3, 7}, lower: lowerAttention,
		roles:   roles{3: {Fixed, "mask"}, 4: {Fixed, "past keys"}, 5: {Fixed, "past values"}},
		ignores: []string{"q_num_heads", "kv_num_heads"}},
}

// attention is scaled dot-product attention with heads apart: b elements of the batch, h heads of queries of which each
// heads/groups share a head of keys and values, s queries and t keys.
type attention struct {
	q       *autodiff.Node // [b h s d]
	k       *autodiff.Node // [b groups t d]
	v       *autodiff.Node // [b groups t dv]
	scale   float64
	cap     float64        // of softcap; 0: none
	allowed *autodiff.Node // 1 where a query sees a key, broadcast against [b h s t]; nil: everywhere
	bias    *autodiff.Node // added to the scores, broadcast in the same way; nil: none
	sink    *autodiff.Node // [h 1 1], a score that has a share but no value; nil: none
}

// attended is what attention computes, y [b h s dv] and the steps before it, [b h s t] each.
type attended struct {
	y                                    *autodiff.Node
	products, capped, biased, likelihood *autodiff.Node
}

// attend computes softmax(cap·tanh(scale·q·kᵀ/cap) + bias)·v. A query that sees no key gives zeros.
func (c *call) attend(a attention) attended {
	if a.q.Rank() != 4 || a.k.Rank() != 4 || a.v.Rank() != 4 {
		c.fail("queries, keys and values need the axes batch, head, sequence and channel; their shapes are %v, %v and %v",
			a.q.Shape(), a.k.Shape(), a.v.Shape())
	}
	b, heads, s, d := a.q.Shape()[0], a.q.Shape()[1], a.q.Shape()[2], a.q.Shape()[3]
	groups, t, dv := a.k.Shape()[1], a.k.Shape()[2], a.v.Shape()[3]
	if groups == 0 || heads%groups != 0 {
		c.fail("%d heads of queries cannot share %d heads of keys", heads, groups)
	}
	// The queries of all heads that share keys are one taller matrix.
	tall := []int{b, groups, heads / groups * s}
	q := autodiff.Reshape(scale(a.q, a.scale), append(tall, d)...)
	var r attended
	r.products = autodiff.Reshape(autodiff.Dot(q, a.k, false, true), b, heads, s, t)
	r.capped = r.products
	if a.cap > 0 {
		r.capped = scale(autodiff.Tanh(scale(r.products, 1/a.cap)), a.cap)
	}
	r.biased = r.capped
	if a.bias != nil {
		r.biased = autodiff.Add(r.biased, autodiff.BroadcastTo(a.bias, b, heads, s, t))
		// −∞ of a mask hides keys, whatever their score.
		a.allow(autodiff.Less(c.scalar(math.Inf(-1)), a.bias))
	}
	if a.allowed != nil {
		seen := autodiff.BroadcastTo(a.allowed, b, heads, s, t)
		r.biased = autodiff.Select(seen, r.biased, c.scalar(math.Inf(-1)))
	}
	r.likelihood = a.softmax(r.biased)
	y := autodiff.Dot(autodiff.Reshape(r.likelihood, append(tall, t)...), a.v, false, false)
	r.y = autodiff.Reshape(y, b, heads, s, dv)
	return r
}

// allow hides the keys where mask is 0.
func (a *attention) allow(mask *autodiff.Node) {
	if v, ok := mask.Splat(); ok && v == 1 {
		return
	}
	if a.allowed != nil {
		mask = autodiff.And(a.allowed, mask)
	}
	a.allowed = mask
}

// softmax gives zeros where nothing is allowed, not NaN, in derivatives too.
func (a *attention) softmax(x *autodiff.Node) *autodiff.Node {
	last := x.Rank() - 1
	hidden := scalarOf(x, 0) // 1 for a query that sees nothing
	switch {
	case a.allowed == nil || a.allowed.Size() == 0:
	case a.allowed.Rank() == 0:
		hidden = autodiff.Not(a.allowed)
	default:
		hidden = autodiff.Not(autodiff.MaxKeep(a.allowed, a.allowed.Rank()-1))
	}
	if v, ok := hidden.Splat(); ok && v == 0 && a.sink == nil || x.Size() == 0 {
		return autodiff.Softmax(x, last)
	}
	top := autodiff.Select(hidden, scalarOf(x, 0), autodiff.MaxKeep(x, last))
	if a.sink != nil {
		top = autodiff.Max(top, a.sink)
	}
	top = autodiff.Stop(top)
	e := autodiff.Exp(autodiff.Sub(x, top))
	total := autodiff.Add(autodiff.SumKeep(e, last), hidden)
	if a.sink != nil {
		total = autodiff.Add(total, autodiff.Exp(autodiff.Sub(a.sink, top)))
	}
	return autodiff.Mul(e, autodiff.Reciprocal(total))
}

// heads takes [b s h·d] apart into [b h s d].
func (c *call) heads(x *autodiff.Node, h int) *autodiff.Node {
	if x.Rank() != 3 || h < 1 || x.Shape()[2]%h != 0 {
		c.fail("shape %v cannot be taken apart into %d heads", x.Shape(), h)
	}
	b, s, d := x.Shape()[0], x.Shape()[1], x.Shape()[2]/h
	return autodiff.Transpose(autodiff.Reshape(x, b, s, h, d), 0, 2, 1, 3)
}

// joined is the inverse of heads.
func joined(x *autodiff.Node) *autodiff.Node {
	b, h, s, d := x.Shape()[0], x.Shape()[1], x.Shape()[2], x.Shape()[3]
	return autodiff.Reshape(autodiff.Transpose(x, 0, 2, 1, 3), b, s, h*d)
}

// lowerAttention: https://onnx.ai/onnx/operators/onnx__Attention.html. Windows are new in opset 25, nonpad_kv_seqlen in
// opset 24. Everything is computed in the working precision, whatever softmax_precision says.
func lowerAttention(c *call) []value {
	a := attention{q: c.x(0), k: c.x(1), v: c.x(2), cap: c.float("softcap", 0)}
	flat := a.q.Rank() == 3
	if flat {
		a.q = c.heads(a.q, c.int("q_num_heads", 0))
		a.k = c.heads(a.k, c.int("kv_num_heads", 0))
		a.v = c.heads(a.v, c.int("kv_num_heads", 0))
	}
	if a.q.Rank() != 4 {
		c.fail("queries need 3 or 4 axes, the shape is %v", a.q.Shape())
	}
	if p := DataType(c.int("softmax_precision", int(float32Type))); !p.IsFloat() {
		c.fail("attribute \"softmax_precision\" is %v, expected a float type", p)
	}
	a.scale = c.float("scale", 1/math.Sqrt(float64(a.q.Shape()[3])))
	past := c.withPast(&a, 4, 5)
	c.maskAttention(&a, past)
	r := c.attend(a)
	steps := []*autodiff.Node{r.products, r.capped, r.biased, r.likelihood}
	mode := c.int("qk_matmul_output_mode", 0)
	if mode < 0 || mode >= len(steps) {
		c.fail("attribute \"qk_matmul_output_mode\" is %d, expected 0 to 3", mode)
	}
	if flat {
		r.y = joined(r.y)
	}
	return append(c.same(r.y), value{Node: a.k, DataType: c.in[1].DataType}, value{Node: a.v, DataType: c.in[2].DataType},
		value{Node: steps[mode], DataType: c.in[0].DataType})
}

// withPast puts the keys and values of inputs key and value, which came before, in front of those of a, and returns how
// many they are.
func (c *call) withPast(a *attention, key, value int) int {
	if c.absent(key) != c.absent(value) {
		c.fail("past keys and past values go together: inputs %d and %d", key, value)
	}
	if c.absent(key) {
		return 0
	}
	if c.x(key).Rank() != 4 || c.x(value).Rank() != 4 {
		c.fail("past keys and values need 4 axes")
	}
	a.k = autodiff.Concat(2, c.x(key), a.k)
	a.v = autodiff.Concat(2, c.x(value), a.v)
	return c.x(key).Shape()[2]
}
