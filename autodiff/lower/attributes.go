package lower

import (
	"maps"
	"math"
	"slices"

	"gorgonia.org/tensor"

	"onnx-metainit/onnxio/onnxpb"
)

// attribute is one attribute of an operation: as the file has it, or as onnx-go hands it over.
type attribute struct {
	proto *onnxpb.AttributeProto
	scope *scope        // what names mean in a subgraph
	held  tensor.Tensor // a tensor that onnx-go decoded, in place of the one in proto
}

// attribute returns the attribute of the given name and type, nil if the operation has none.
func (c *call) attribute(name string, want onnxpb.AttributeProto_AttributeType) *onnxpb.AttributeProto {
	a, ok := c.given(name)
	if !ok {
		return nil
	}
	// The first exporters left the type out.
	if got := a.proto.GetType(); got != want && got != onnxpb.AttributeProto_UNDEFINED {
		c.fail("attribute %q is of type %v, expected %v", name, got, want)
	}
	return a.proto
}

// has reports whether the operation has the attribute.
func (c *call) has(name string) bool {
	_, ok := c.given(name)
	return ok
}

// given returns the attribute of the given name, and whether the operation has it. Whatever a lowering asks of attributes
// goes through here.
func (c *call) given(name string) (attribute, bool) {
	if c.read != nil {
		c.read[name] = true
	}
	a, ok := c.op.attributes[name]
	return a, ok
}

func (c *call) int(name string, missing int) int {
	if a := c.attribute(name, onnxpb.AttributeProto_INT); a != nil {
		return int(a.GetI())
	}
	return missing
}

func (c *call) flag(name string, missing bool) bool {
	n := 0
	if missing {
		n = 1
	}
	return c.int(name, n) != 0
}

// ints returns the list, and whether the operation has it.
func (c *call) ints(name string) ([]int, bool) {
	a := c.attribute(name, onnxpb.AttributeProto_INTS)
	if a == nil {
		return nil, false
	}
	list := make([]int, len(a.GetInts()))
	for i, v := range a.GetInts() {
		list[i] = int(v)
	}
	return list, true
}

// intsOr returns the list, or count times the value if the operation has none. Another length is refused.
func (c *call) intsOr(name string, count, missing int) []int {
	list, ok := c.ints(name)
	if !ok {
		list = make([]int, count)
		for i := range list {
			list[i] = missing
		}
	}
	if len(list) != count {
		c.fail("attribute %q has %d values %v, expected %d", name, len(list), list, count)
	}
	for _, v := range list {
		if v < math.MinInt32 || v > math.MaxInt32 {
			c.fail("attribute %q: %d is out of range", name, v)
		}
	}
	return list
}

func (c *call) float(name string, missing float64) float64 {
	if a := c.attribute(name, onnxpb.AttributeProto_FLOAT); a != nil {
		return exactAttribute(a.GetF())
	}
	return missing
}

func (c *call) floats(name string) []float64 {
	a := c.attribute(name, onnxpb.AttributeProto_FLOATS)
	list := make([]float64, len(a.GetFloats()))
	for i, v := range a.GetFloats() {
		list[i] = exactAttribute(v)
	}
	return list
}

func (c *call) text(name, missing string) string {
	if a := c.attribute(name, onnxpb.AttributeProto_STRING); a != nil {
		return string(a.GetS())
	}
	return missing
}

func (c *call) texts(name string) []string {
	a := c.attribute(name, onnxpb.AttributeProto_STRINGS)
	list := make([]string, len(a.GetStrings()))
	for i, v := range a.GetStrings() {
		list[i] = string(v)
	}
	return list
}

// tensorAttribute returns the tensor in an attribute, and whether the operation has it.
func (c *call) tensorAttribute(name string, trainable bool) (value, bool) {
	a := c.attribute(name, onnxpb.AttributeProto_TENSOR)
	if a == nil {
		return value{}, false
	}
	var v value
	var err error
	switch held := c.op.attributes[name].held; {
	case held != nil:
		v, _, err = c.fromTensor(held)
	case a.GetT() == nil:
		c.fail("attribute %q holds no tensor", name)
	default:
		v, err = c.tensor(a.GetT(), trainable, true)
	}
	c.check(err)
	return v, true
}

// refuseUnread fails if the node has an attribute that its lowering did not read: it is misspelled, or of a version of the
// operator that is not understood. What operator.ignores lists may stay unread, and so may consumed_inputs, a hint for memory
// that the first version of most operators has.
func (c *call) refuseUnread(row *operator) {
	for _, name := range slices.Sorted(maps.Keys(c.op.attributes)) {
		if !c.read[name] && !slices.Contains(row.ignores, name) && name != "consumed_inputs" {
			c.fail("attribute %q is not supported", name)
		}
	}
}
