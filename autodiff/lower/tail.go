package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

// tail is the Softmax, LogSoftmax or Sigmoid that a value is the result of, also behind operators that only move or name
// its elements: a loss is better computed from what goes into it.
type tail struct {
	operator string
	logits   *autodiff.Node // moved as the value was, unless apart
	axis     int            // of the classes in logits

	// apart says that the classes are no axis of the value any more, since a Reshape has split their axis or joined it
	// with another: logits have the shape that the operator has them in.
	apart bool

	// guarded says that a Clip keeps the value a little away from 0 or 1, so its logarithm is not quite LogSoftmax.
	guarded bool
}

// moved returns the first input with its elements moved, and its tail with it. axis gives for an axis of the input that of
// the result, −1 if the result has none of the same elements.
func (c *call) moved(move func(*autodiff.Node) *autodiff.Node, axis func(int) int) []value {
	out := c.same(move(c.x(0)))
	t := c.in[0].tail
	switch {
	case t == nil || t.apart:
		out[0].tail = t
	case t.operator == TailSigmoid:
		out[0].tail = &tail{operator: t.operator, logits: move(t.logits), guarded: t.guarded}
	case axis(t.axis) < 0:
		out[0].tail = &tail{operator: t.operator, logits: t.logits, axis: t.axis, apart: true, guarded: t.guarded}
	default:
		out[0].tail = &tail{operator: t.operator, logits: move(t.logits), axis: axis(t.axis), guarded: t.guarded}
	}
	return out
}

// picked is moved for what leaves elements out, along the axes that are not whole. The probabilities of some classes only
// have no tail.
func (c *call) picked(move func(*autodiff.Node) *autodiff.Node, whole func(int) bool, axis func(int) int) []value {
	if t := c.in[0].tail; t != nil && t.operator != TailSigmoid && (t.apart || !whole(t.axis)) {
		return c.same(move(c.x(0)))
	}
	return c.moved(move, axis)
}

// joinedTail is the tail of the inputs joined along an axis: that of all, unless this is the axis of the classes.
func (c *call) joinedTail(axis int) *tail {
	first := c.in[0].tail
	if first == nil || first.operator != TailSigmoid && first.axis == axis {
		return nil
	}
	all := &tail{operator: first.operator, axis: first.axis}
	logits := make([]*autodiff.Node, len(c.in))
	for i, v := range c.in {
		if v.tail == nil || v.tail.apart || v.tail.operator != first.operator || v.tail.axis != first.axis {
			return nil
		}
		logits[i], all.guarded = v.tail.logits, all.guarded || v.tail.guarded
	}
	all.logits = autodiff.Concat(axis, logits...)
	return all
}

// reshaped returns the first input in another shape.
func (c *call) reshaped(shape ...int) []value {
	from := c.x(0).Shape()
	return c.moved(
		func(x *autodiff.Node) *autodiff.Node { return autodiff.Reshape(x, shape...) },
		func(axis int) int { return axisAfter(from, axis, shape) },
	)
}

// axisAfter returns the axis of the second shape that a reshape leaves an axis of the first one as it is, −1 if there is none.
func axisAfter(from []int, axis int, to []int) int {
	before := 1
	for i, d := range to {
		if d == from[axis] && before == product(from[:axis]) && product(to[i+1:]) == product(from[axis+1:]) {
			return i
		}
		before *= d
	}
	return -1
}

// guard is how far from 0 and 1 a Clip may keep probabilities that a logarithm is to be taken of.
const guard = 1e-3

// clippedTail is the tail behind a Clip with the given bounds, nil meaning none: that of the input where they leave
// probabilities as they are, or all but those that would make a logarithm infinite.
func (c *call) clippedTail(lo, hi *autodiff.Node) *tail {
	t := c.in[0].tail
	if t == nil || t.operator == TailLogSoftmax {
		return nil
	}
	low, high := 0.0, 1.0
	for _, bound := range []struct {
		node *autodiff.Node
		to   *float64
	}{{lo, &low}, {hi, &high}} {
		if bound.node == nil {
			continue
		}
		data, known := bound.node.Value()
		if !known || len(data) != 1 {
			return nil
		}
		*bound.to = data[0]
	}
	if !(low <= guard && high >= 1-guard) {
		return nil
	}
	clipped := *t
	clipped.guarded = t.guarded || low > 0 || high < 1
	return &clipped
}

// carryTail gives the first result the tail of the first input where it is that input unchanged, as of a Slice that takes all.
func (c *call) carryTail(out []value) {
	if len(c.in) == 0 || len(out) == 0 || c.in[0].Node == nil || out[0].Node != c.in[0].Node || out[0].tail != nil {
		return
	}
	if isFloat(out[0].DataType) {
		out[0].tail = c.in[0].tail
	}
}

// softmaxOf returns the tail of a quotient, nil if it is no softmax of several operators: e^x over its sum along an axis,
// where x may have been shifted by what does not vary along that axis, such as the maximum.
func softmaxOf(e, sum *autodiff.Node) *tail {
	if e.Op() != autodiff.OpExp || sum.Rank() != e.Rank() {
		return nil
	}
	axis := slices.IndexFunc(count(0, e.Rank()), func(i int) bool { return e.Shape()[i] > 1 && sum.Shape()[i] == 1 })
	if axis < 0 || sum != autodiff.SumKeep(e, axis) {
		return nil
	}
	x := e.Operands()[0]
	if x.Op() == autodiff.OpSub {
		shifted, by := x.Operands()[0], x.Operands()[1]
		for by.Op() == autodiff.OpBroadcast {
			by = by.Operands()[0]
		}
		if by.Rank() == x.Rank() && by.Shape()[axis] == 1 && slices.Equal(shifted.Shape(), x.Shape()) {
			x = shifted
		}
	}
	return &tail{operator: TailSoftmax, logits: x, axis: axis}
}

// axisMoved returns the axis that Transpose makes of each.
func axisMoved(perm []int) func(int) int {
	return func(axis int) int { return slices.Index(perm, axis) }
}

func sameAxis(axis int) int { return axis }
