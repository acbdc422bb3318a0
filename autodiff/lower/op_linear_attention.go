package lower

import (
	"math"
	"slices"

	"onnx-metainit/autodiff"
)

var linearAttentionRows = []operator{
	{name: "LinearAttention", since: 27, inputs: arity{3, 6}, lower: lowerLinearAttention, ignores: []string{"chunk_size"}},
}

// lowerLinearAttention: https://onnx.ai/onnx/operators/onnx__LinearAttention.html. The state [n dk dv] of each of the n
// heads of keys, over the whole batch, goes from step to step.
func lowerLinearAttention(c *call) []value {
	q, k, v := c.x(0), c.x(1), c.x(2)
	heads, groups := c.int("q_num_heads", 0), c.int("kv_num_heads", 0)
	if groups < 1 || heads < groups || heads%groups != 0 {
		c.fail("attributes \"q_num_heads\" and \"kv_num_heads\" are %d and %d, expected a multiple", heads, groups)
	}
	rows, keys, values := c.perStep(0, heads, groups), c.perStep(1, groups, groups), c.perStep(2, groups, groups)
	b, steps := q.Shape()[0], q.Shape()[1]
	n, dk, dv := b*groups, keys.Shape()[3], values.Shape()[3]
	if !slices.Equal(k.Shape()[:2], q.Shape()[:2]) || !slices.Equal(v.Shape()[:2], q.Shape()[:2]) || rows.Shape()[3] != dk {
		c.fail("queries %v, keys %v and values %v do not fit", q.Shape(), k.Shape(), v.Shape())
	}
	rule := c.text("update_rule", "gated_delta")
	gated, delta := rule == "gated" || rule == "gated_delta", rule == "delta" || rule == "gated_delta"
	if !gated && !delta && rule != "linear" {
		c.fail("attribute \"update_rule\" is %q, expected linear, gated, delta or gated_delta", rule)
	}
	var decay, rate *autodiff.Node
	if gated {
		decay = autodiff.Exp(c.gate(4, b, steps, groups)) // [steps n dk or 1 1]
	}
	if delta {
		rate = c.gate(5, b, steps, groups) // [steps n 1 1]
	}
	state := autodiff.BroadcastTo(c.scalar(0), n, dk, dv)
	stateType := c.in[0].DataType
	if !c.absent(3) {
		state, stateType = autodiff.Reshape(c.x(3), n, dk, dv), c.in[3].DataType
	}
	by := c.float("scale", 0)
	if by == 0 {
		by = 1 / math.Sqrt(float64(dk))
	}
	out := make([]*autodiff.Node, steps)
	for i := range out {
		step := func(x *autodiff.Node) *autodiff.Node {
			return autodiff.Reshape(autodiff.SliceAxis(x, 0, i, i+1), x.Shape()[1:]...)
		}
		key, value := step(keys), step(values) // [n 1 dk], [n 1 dv]
		if gated {
			state = autodiff.Mul(state, step(decay))
		}
		if delta {
			value = autodiff.Mul(step(rate), autodiff.Sub(value, autodiff.Dot(key, state, false, false)))
		}
		state = autodiff.Add(state, autodiff.Dot(key, value, true, false))
		out[i] = autodiff.Reshape(autodiff.Dot(step(rows), state, false, false), 1, b, heads, dv)
	}
	y := autodiff.BroadcastTo(c.scalar(0), 0, b, heads, dv)
	if steps > 0 {
		y = scale(autodiff.Concat(0, out...), by)
	}
	y = autodiff.Reshape(autodiff.Transpose(y, 1, 0, 2, 3), b, steps, heads*dv)
	return append(c.same(y), value{Node: autodiff.Reshape(state, b, groups, dk, dv), DataType: stateType})
}

// perStep turns input i [b steps heads·d] into [steps b·groups heads/groups d].
func (c *call) perStep(i, heads, groups int) *autodiff.Node {
	x := c.x(i)
	if x.Rank() != 3 || x.Shape()[2]%heads != 0 {
		c.fail("input %d has shape %v, expected batch, sequence and the channels of %d heads", i, x.Shape(), heads)
	}
	b, steps := x.Shape()[0], x.Shape()[1]
	if steps > maxSteps {
		c.fail("sequences of %d are longer than the %d that are supported", steps, maxSteps)
	}
	y := autodiff.Transpose(autodiff.Reshape(x, b, steps, x.Shape()[2]), 1, 0, 2)
	return autodiff.Reshape(y, steps, b*groups, heads/groups, x.Shape()[2]/heads)
}

// gate turns input i [b steps groups·d], or with one channel for all groups, into [steps b·groups d 1].
func (c *call) gate(i, b, steps, groups int) *autodiff.Node {
	x := c.x(i)
	if x.Rank() != 3 || x.Shape()[2] != 1 && x.Shape()[2]%groups != 0 {
		c.fail("input %d has shape %v, expected batch, sequence and the channels of %d heads", i, x.Shape(), groups)
	}
	d := max(x.Shape()[2]/groups, 1)
	x = autodiff.BroadcastTo(x, b, steps, groups*d)
	return autodiff.Reshape(autodiff.Transpose(x, 1, 0, 2), steps, b*groups, d, 1)
}
