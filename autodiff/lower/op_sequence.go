package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

var sequenceRows = []operator{
	{name: "ConcatFromSequence", since: 11, inputs: arity{1, 1}, lower: lowerConcatFromSequence, sequences: true, joins: true},
	{name: "Optional", since: 15, inputs: arity{0, 1}, lower: lowerOptional, ignores: []string{"type"}, passes: true},
	{name: "OptionalGetElement", since: 15, inputs: arity{1, 1}, lower: lowerOptionalGetElement, passes: true},
	{name: "OptionalHasElement", since: 15, inputs: arity{0, 1}, lower: lowerOptionalHasElement, sequences: true, noDerivative: discrete},
	{name: "SequenceAt", since: 11, inputs: arity{2, 2}, lower: lowerSequenceAt, known: []int{1}, passes: true},
	{name: "SequenceConstruct", since: 11, inputs: arity{1, many}, lower: lowerSequenceConstruct, passes: true, joins: true},
	{name: "SequenceEmpty", since: 11, inputs: arity{0, 0}, lower: lowerSequenceEmpty, noDerivative: foreknown},
	{name: "SequenceErase", since: 11, inputs: arity{1, 2}, lower: lowerSequenceErase, known: []int{1}, passes: true},
	{name: "SequenceInsert", since: 11, inputs: arity{2, 3}, lower: lowerSequenceInsert, known: []int{2}, passes: true, joins: true},
	{name: "SequenceLength", since: 11, inputs: arity{1, 1}, lower: lowerSequenceLength, known: []int{0}, passes: true,
		noDerivative: discrete},
	{name: "SequenceMap", since: 17, inputs: arity{1, many}, lower: lowerSequenceMap, sequences: true},
	{name: "SplitToSequence", since: 11, inputs: arity{1, 2}, lower: lowerSplitToSequence, known: []int{1},
		ignores: []string{"keepdims"}},
}

// sequence is a list of tensors, whose length is known while building. It leaves no trace in the graph.
type sequence struct{ elements []value }

// present reports whether there is a tensor, a sequence or an optional, full or empty.
func (v value) present() bool { return v.Node != nil || v.sequence != nil || v.none }

// tensors returns the tensors in a value: itself, or the elements of a sequence.
func (v value) tensors() []value {
	if v.sequence != nil {
		return v.sequence.elements
	}
	return []value{v}
}

// sequenceOf returns one result: the sequence of the given elements.
func (c *call) sequenceOf(t DataType, elements []value) []value {
	if c.elements += len(elements); c.elements > maxSequenceElements {
		c.fail("the sequences of the model have more than %d elements", maxSequenceElements)
	}
	return []value{{DataType: t, sequence: &sequence{elements}}}
}

// elementsOf returns the tensors of input i, a sequence.
func (c *call) elementsOf(i int) []value {
	if c.absent(i) || c.in[i].sequence == nil {
		c.fail("input %d is no sequence", i)
	}
	return c.in[i].sequence.elements
}

// position returns input i as a position in n elements, counted from the end if negative; missing if it is absent.
func (c *call) position(i, n, missing int) int {
	p := missing
	if !c.absent(i) {
		p = c.knownInt(i)
	}
	at := p
	if p < 0 {
		at += n
	}
	if at < 0 || at >= n {
		c.fail("position %d is outside the %d of the sequence", p, n)
	}
	return at
}

// lowerSequenceEmpty: elements are float32 unless told otherwise.
func lowerSequenceEmpty(c *call) []value {
	return c.sequenceOf(DataType(c.int("dtype", int(float32Type))), nil)
}

func lowerSequenceConstruct(c *call) []value {
	for i := range c.in {
		c.x(i)
	}
	return c.sequenceOf(c.in[0].DataType, slices.Clone(c.in))
}

// lowerSequenceInsert inserts before a position, which can be one past the last element; without one there.
func lowerSequenceInsert(c *call) []value {
	list := c.elementsOf(0)
	c.x(1)
	at := len(list)
	if !c.absent(2) && c.knownInt(2) != len(list) {
		at = c.position(2, len(list), 0)
	}
	return c.sequenceOf(c.in[1].DataType, slices.Insert(slices.Clip(list), at, c.in[1]))
}

// lowerSequenceErase removes one element, by default the last.
func lowerSequenceErase(c *call) []value {
	list := c.elementsOf(0)
	at := c.position(1, len(list), -1)
	return c.sequenceOf(c.in[0].DataType, slices.Delete(slices.Clone(list), at, at+1))
}

func lowerSequenceAt(c *call) []value {
	list := c.elementsOf(0)
	return []value{list[c.position(1, len(list), -1)]}
}

func lowerSequenceLength(c *call) []value {
	return one(c.scalar(float64(len(c.elementsOf(0)))), int64Type)
}

// lowerSplitToSequence cuts an axis into parts of given sizes, into parts of one given size (the last one can be
// smaller), or, without sizes, into slices, which keep the axis if keepdims is set.
func lowerSplitToSequence(c *call) []value {
	x := c.x(0)
	axis := c.axis(c.int("axis", 0), x.Rank())
	size := x.Shape()[axis]
	var parts []int
	switch {
	case !c.absent(1) && c.x(1).Rank() > 0:
		parts = c.knownInts(1)
	default:
		part := 1
		if !c.absent(1) {
			part = c.knownInt(1)
		}
		if part < 1 || size/part > maxSequenceElements {
			c.fail("axis %d of size %d cannot be split into parts of %d", axis, size, part)
		}
		for start := 0; start < size; start += part {
			parts = append(parts, min(part, size-start))
		}
	}
	drop := c.absent(1) && !c.flag("keepdims", true)
	var list []value
	for y := range c.parts(axis, parts) {
		if drop {
			y = squeeze(y, axis)
		}
		list = append(list, value{Node: y, DataType: c.in[0].DataType, input: c.in[0].input, derived: c.in[0].derived})
	}
	return c.sequenceOf(c.in[0].DataType, list)
}

// lowerConcatFromSequence joins along an axis of the elements, or a new one.
func lowerConcatFromSequence(c *call) []value {
	list := c.elementsOf(0)
	if len(list) == 0 {
		c.fail("the sequence has no elements to join")
	}
	if c.flag("new_axis", false) {
		return c.joined(list, c.axis(c.int("axis", 0), list[0].Node.Rank()+1))
	}
	xs := make([]*autodiff.Node, len(list))
	for i, v := range list {
		xs[i] = v.Node
	}
	return one(autodiff.Concat(c.axis(c.int("axis", 0), xs[0].Rank()), xs...), c.in[0].DataType)
}

// joined returns one result: equal shapes joined along a new axis.
func (c *call) joined(list []value, axis int) []value {
	xs := make([]*autodiff.Node, len(list))
	for i, v := range list {
		if v.Node == nil {
			c.fail("%v cannot be joined, expected a tensor", v)
		}
		if !slices.Equal(v.Node.Shape(), list[0].Node.Shape()) {
			c.fail("shapes %v and %v cannot be joined along a new axis", list[0].Node.Shape(), v.Node.Shape())
		}
		xs[i] = unsqueeze(v.Node, axis)
	}
	out := value{Node: autodiff.Concat(axis, xs...), DataType: list[0].DataType, input: list[0].input}
	for _, v := range list {
		out.derived = out.derived || v.derived
		if v.input != out.input {
			out.input = nil
		}
	}
	return []value{out}
}

// lowerSequenceMap applies its body to each element of a sequence, with the elements of further sequences at the same
// place and with further tensors.
func lowerSequenceMap(c *call) []value {
	list := c.elementsOf(0)
	body := c.body("body")
	results := make([][]value, len(body.outputs))
	for i := range list {
		bound := make([]value, len(c.in))
		for j, v := range c.in {
			switch {
			case v.sequence == nil:
				bound[j] = v
			case i >= len(v.sequence.elements):
				c.fail("input %d has %d elements, the first %d", j, len(v.sequence.elements), len(list))
			default:
				bound[j] = v.sequence.elements[i]
			}
		}
		for j, v := range c.lowerBody(body, bound) {
			results[j] = append(results[j], v)
		}
	}
	var out []value
	for j, r := range results {
		t := DataType(body.outputs[j].GetType().GetTensorType().GetElemType())
		if len(r) > 0 {
			t = r[0].DataType
		}
		out = append(out, c.sequenceOf(t, r)...)
	}
	return out
}

// lowerOptional: an optional that holds something is that.
func lowerOptional(c *call) []value {
	if c.absent(0) {
		t, _ := c.given("type")
		return []value{{DataType: DataType(t.proto.GetTp().GetTensorType().GetElemType()), none: true}}
	}
	return []value{c.in[0]}
}

// lowerOptionalHasElement is false of an absent input too.
func lowerOptionalHasElement(c *call) []value {
	has := 1.0
	if c.absent(0) || c.in[0].none {
		has = 0
	}
	return one(c.scalar(has), boolType)
}

func lowerOptionalGetElement(c *call) []value {
	if c.in[0].none {
		c.fail("the optional is empty")
	}
	return []value{c.in[0]}
}
