package lower

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

// Weight is a stored float tensor that the graph uses, and its variable in the graph: an initializer or the tensor of a
// Constant node, of the main graph, a subgraph or a function. It is one weight however often it is used, unless the file stores
// several parameters as one tensor.
type Weight struct {
	Name    string // of the tensor; of several parameters that are stored as one, their aliases, or norm.bias@node
	Tensor  *onnxio.Tensor
	Node    *autodiff.Node
	Literal bool // the tensor of a Constant node

	Kinds  Kind   // as what operations use it
	Reason string // the same in words, as in "bias of Conv", of the first operation whose operand has such a name

	Shared bool // the file stores other parameters as the same tensor

	Untrained string // what it is by PyTorch's exporter if that is no parameter; "" otherwise

	Aliases []string         // other names of the same tensor: results of Identity
	Copies  []*onnxio.Tensor // tensors of the file that hold the same elements, perhaps transposed, and are the same parameter
	Names   []string         // its own name and aliases by which operations use it, where PyTorch's exporter names what it merges
	Uses    []string         // the nodes that compute with it, in the order they are lowered
	Modules []string         // the modules that multiply by it, where PyTorch's exporter tells and stores equal tensors once

	names, users, usedAs, modules map[string]bool // those of Aliases, Uses, Names and Modules
}

// used returns the weights that the graph has so far, in the order of the file.
func (b *builder) used() []*Weight {
	var list []*Weight
	for _, t := range b.model.Tensors {
		if s, ok := b.weights[t]; ok {
			list = append(list, s.weights...)
		}
	}
	return list
}

// stored returns the tensor of that name that the graph itself holds, and whether there is one. With trainable, a float
// tensor with axes is a weight; else its elements are constants.
func (b *builder) stored(g *body, name string, trainable bool) (v value, there bool, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("tensor %q: %w", name, err)
		}
	}()
	defer caught(&err) // of a shape that no graph takes
	if op, ok := g.constants[name]; ok {
		v, err = b.literal(op, trainable)
	} else if t, ok := g.initializers[name]; ok {
		v, err = b.tensor(t, trainable, false)
	} else if t, ok := g.sparse[name]; ok {
		v, err = b.sparseTensor(t)
	} else {
		return value{}, false, nil
	}
	return v, true, err
}

// literal returns the value of a Constant node.
func (b *builder) literal(op *operation, trainable bool) (v value, err error) {
	c := &call{builder: b, op: op}
	defer func() {
		if r := recover(); r != nil {
			err = c.wrap(recovered(r))
		}
	}()
	values := slices.Sorted(maps.Keys(op.attributes))
	for _, name := range values {
		if !strings.Contains(name, "value") {
			c.fail("attribute %q is not supported", name)
		}
	}
	if len(values) > 1 {
		c.fail("has several values (attributes %s), expected one", strings.Join(values, ", "))
	}
	for name, a := range op.attributes {
		switch name {
		case "value":
			v, _ := c.tensorAttribute(name, trainable)
			return v, nil
		case "sparse_value":
			return b.sparseTensor(a.proto.GetSparseTensor())
		case "value_float":
			return value{Node: b.graph.Scalar(c.float(name, 0)), DataType: float32Type}, nil
		case "value_floats":
			list := c.floats(name)
			return value{Node: b.graph.Const(list, len(list)), DataType: float32Type}, nil
		case "value_int":
			return value{Node: b.graph.Scalar(float64(c.int(name, 0))), DataType: int64Type}, nil
		case "value_ints":
			list, _ := c.ints(name)
			return b.integers(list), nil
		case "value_string", "value_strings":
			c.fail("text cannot be computed with")
		default:
			c.fail("attribute %q is not supported", name)
		}
	}
	c.fail("has no value")
	return value{}, nil
}

func lowerConstant(c *call) []value {
	v, err := c.literal(c.op, false)
	c.check(err)
	for name := range c.op.attributes {
		c.given(name) // literal has read it
	}
	return []value{v}
}

// integers returns an int64 tensor with one axis.
func (b *builder) integers(list []int) value {
	data := make([]float64, len(list))
	for i, n := range list {
		data[i] = float64(n)
	}
	return value{Node: b.graph.Const(data, len(data)), DataType: int64Type}
}

// tensor returns the value of a tensor of the file; written says that it is a literal of the program.
func (b *builder) tensor(p *onnxpb.TensorProto, trainable, written bool) (value, error) {
	t := b.model.Tensor(p)
	if t == nil {
		return value{}, fmt.Errorf("is not of this model")
	}
	if !isNumeric(t.DataType) {
		return value{}, fmt.Errorf("elements of type %v cannot be computed with", t.DataType)
	}
	shape, err := intShape(t.Shape)
	if err != nil {
		return value{}, err
	}
	if c, ok := b.copies[t]; ok && trainable {
		return b.copyOf(c, t)
	}
	var held *stored
	if trainable && t.IsFloat() && t.Size() > 0 && len(shape) > 0 {
		held = b.holding(t, written)
		if written && len(shape) == 1 && held.uniform() {
			held = nil // the ones and zeros of a normalization without scale and bias
		} else if t.Size() > 1 {
			w := held.first(b, shape)
			return value{Node: w.Node, DataType: t.DataType, stored: held, weight: w, moved: w, read: t.Float64s}, nil
		}
	}
	data, err := t.Float64s()
	if err != nil {
		return value{}, err
	}
	b.constants[t] = true
	if t.DataType == float32Type && len(data) == 1 {
		data = []float64{exactConstant(float32(data[0]))}
	}
	return value{Node: b.graph.Const(data, shape...), DataType: t.DataType, stored: held}, nil
}

// holding returns what is known of a tensor of the file.
func (b *builder) holding(t *onnxio.Tensor, literal bool) *stored {
	s, ok := b.weights[t]
	if !ok {
		s = &stored{tensor: t, literal: literal, byUse: make(map[use]*Weight), names: make(map[string]int)}
		b.weights[t] = s
	}
	return s
}

func (b *builder) sparseTensor(p *onnxpb.SparseTensorProto) (value, error) {
	values, indices := b.model.Tensor(p.GetValues()), b.model.Tensor(p.GetIndices())
	if values == nil || indices == nil {
		return value{}, fmt.Errorf("is sparse and lacks values or indices")
	}
	shape, err := intShape(p.GetDims())
	if err != nil {
		return value{}, err
	}
	size := 1
	for _, d := range shape {
		if size *= d; size > maxDense {
			return value{}, fmt.Errorf("is sparse with shape %v: more than %d elements are not supported", shape, maxDense)
		}
	}
	data, err := values.Float64s()
	if err != nil {
		return value{}, err
	}
	at, err := indices.Int64s()
	if err != nil {
		return value{}, err
	}
	dense := make([]float64, size)
	rank := len(shape)
	if len(at) == len(data)*rank && len(indices.Shape) == 2 {
		at = flatIndices(at, shape)
	}
	if len(at) != len(data) {
		return value{}, fmt.Errorf("is sparse with %d values and %d indices", len(data), len(at))
	}
	for i, k := range at {
		if k < 0 || k >= int64(size) {
			return value{}, fmt.Errorf("is sparse with shape %v and has an index outside", shape)
		}
		dense[k] = data[i]
	}
	return value{Node: b.graph.Const(dense, shape...), DataType: values.DataType}, nil
}

// flatIndices turns rows of one index for each axis into positions in row-major order; −1 if outside.
func flatIndices(rows []int64, shape []int) []int64 {
	flat := make([]int64, 0, len(rows)/max(len(shape), 1))
	for len(rows) > 0 && len(shape) > 0 {
		at := int64(0)
		for axis, d := range shape {
			k := rows[axis]
			if k < 0 || k >= int64(d) || at < 0 {
				at = -1
				continue
			}
			at = at*int64(d) + k
		}
		flat, rows = append(flat, at), rows[len(shape):]
	}
	return flat
}

func intShape(dims []int64) ([]int, error) {
	shape, size := make([]int, len(dims)), int64(1)
	for i, d := range dims {
		shape[i] = int(d)
		if d > 0 && size > maxSize/d || d < 0 {
			return nil, fmt.Errorf("shape %v is out of range: more than 2^40 elements", dims)
		}
		size *= max(d, 1)
	}
	return shape, nil
}
