package lower

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/owulveryck/onnx-go"
	"google.golang.org/protobuf/proto"
	"gorgonia.org/tensor"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio/onnxpb"
)

// NewestOpset is the newest operator set that is known: what an unknown one is taken for.
const NewestOpset = 28

// Run computes the results of all operations that need no more than the tensors that nodes have, and gives the nodes that
// the model declares (its outputs) and those that nothing uses their tensors. It computes in float64 if a tensor is of
// that type, else in float32. A result without elements is an error: tensors of Gorgonia have some.
func (b *Backend) Run() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the model cannot be run: %w", recovered(r))
		}
	}()
	if b.err != nil {
		return b.err
	}
	build := newBuilder(b.model)
	given := b.given()
	fed := make(map[*autodiff.Node][]float64)
	targets := b.results()
	order, err := b.order(targets...)
	if err != nil {
		return err
	}
	if err := build.table.check(order); err != nil {
		return err
	}
	onlyKnown := build.table.onlyKnown(order, targets)
	leaf := func(n *Node) (Value, error) {
		t := given[n.name]
		if t == nil && b.body != nil {
			if v, ok, err := build.stored(b.body, n.name, !onlyKnown[n]); ok || err != nil {
				return v, err
			}
		}
		v, data, err := build.carried(n.name, t)
		if err == nil && v.Node.Op() == autodiff.OpVariable {
			fed[v.Node] = data
		}
		if declared := b.types[n.name]; declared != 0 && !inGorgonia(declared) {
			v.DataType = declared
		}
		return v, err
	}
	vs := build.run(order, leaf)
	var outputs []*autodiff.Node
	var computed []*Node
	for _, n := range targets {
		v, err := vs.value(n, leaf)
		if err == nil && v.Node == nil {
			err = fmt.Errorf("tensor %q is a %v, expected a tensor", n.name, v)
		}
		if err != nil && n.declared {
			return err
		}
		if err == nil {
			outputs, computed = append(outputs, v.Node), append(computed, n)
		}
	}
	program, err := autodiff.Compile(outputs, autodiff.Options{Precision: build.precision(vs)})
	if err != nil {
		return err
	}
	defer program.Close()
	for n, data := range fed {
		program.Write(n, 0, data)
	}
	if err := build.writeStored(program); err != nil {
		return err
	}
	if err := program.Run(); err != nil {
		return err
	}
	for i, n := range computed {
		data, known := outputs[i].Value()
		if known { // float32 would not hold all whole numbers
			data = slices.Clone(data)
		} else {
			data = program.Read(outputs[i])
		}
		shape := outputs[i].Shape()
		if len(data) == 0 {
			return fmt.Errorf("tensor %q of shape %v has no elements, which gorgonia.org/tensor cannot hold", n.name, shape)
		}
		n.tensor = dense(vs.of[n].DataType, shape, data)
	}
	return nil
}

// given returns the tensors of the nodes that no operation makes, by name. onnx-go makes a second node for a tensor that is
// both input and output: the first is the one that SetInput sets.
func (b *Backend) given() map[string]tensor.Tensor {
	list := make(map[string]tensor.Tensor)
	for _, n := range b.nodes {
		if n.maker == nil && n.tensor != nil && list[n.name] == nil {
			list[n.name] = n.tensor
		}
	}
	return list
}

// results returns the nodes that Run computes: those that operations make and that the model declares or nothing uses; and
// outputs that nothing makes, for they are inputs or stored.
func (b *Backend) results() []*Node {
	var list []*Node
	first := make(map[string]bool)
	for _, n := range b.nodes {
		switch stored := b.body != nil && (b.body.holds(n.name) || b.body.constants[n.name] != nil); {
		case n.maker != nil && (n.declared || len(n.users) == 0):
			list = append(list, n)
		case n.maker == nil && n.declared && (first[n.name] || stored):
			list = append(list, n)
		}
		first[n.name] = true
	}
	return list
}

// precision returns float64 if a tensor is of that type, else float32.
func (b *builder) precision(vs values) autodiff.Precision {
	for _, v := range vs.of {
		if v.DataType == float64Type {
			return autodiff.Float64
		}
	}
	return autodiff.Float32
}

// writeStored gives a program the weights as the file has them.
func (b *builder) writeStored(program *autodiff.Program) error {
	if b.model == nil {
		return nil
	}
	for _, w := range b.used() {
		start := 0
		err := w.Tensor.Blocks(func(block []float64) error {
			program.Write(w.Node, start, block)
			start += len(block)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// carried returns the value of a node that has a tensor: floats with axes are variables, so that what is computed of them
// is not computed while building; their elements are known all the same.
func (b *builder) carried(name string, t tensor.Tensor) (Value, []float64, error) {
	if t == nil {
		return Value{}, nil, fmt.Errorf("tensor %q has no value: set it before Run", name)
	}
	v, data, err := b.fromTensor(t)
	if err != nil {
		return Value{}, nil, fmt.Errorf("tensor %q: %w", name, err)
	}
	if isFloat(v.DataType) && v.Node.Rank() > 0 && len(data) > 0 {
		v.Node = b.graph.Variable(name, v.Node.Shape()...)
		b.folded.give(v.Node, data, v.DataType == float64Type)
	}
	return v, data, nil
}

// fromTensor returns a tensor as a constant. A view, such as a transpose, is read as it is seen.
func (b *builder) fromTensor(t tensor.Tensor) (Value, []float64, error) {
	dt, ok := dataTypes[t.Dtype()]
	if !ok {
		return Value{}, nil, fmt.Errorf("elements of type %v cannot be computed with", t.Dtype())
	}
	if d, ok := t.(*tensor.Dense); ok && d.RequiresIterator() {
		t = d.Materialize()
	}
	if t.DataOrder().IsColMajor() {
		return Value{}, nil, fmt.Errorf("shape %v in column order: give it row by row", t.Shape())
	}
	data := elements(t.Data())
	shape := []int(t.Shape())
	if len(data) != product(shape) {
		return Value{}, nil, fmt.Errorf("shape %v with %d elements", shape, len(data))
	}
	return Value{Node: b.graph.Const(data, shape...), DataType: dt}, data, nil
}

var dataTypes = map[tensor.Dtype]DataType{
	tensor.Float32: onnxpb.TensorProto_FLOAT,
	tensor.Float64: onnxpb.TensorProto_DOUBLE,
	tensor.Int8:    onnxpb.TensorProto_INT8,
	tensor.Int16:   onnxpb.TensorProto_INT16,
	tensor.Int32:   onnxpb.TensorProto_INT32,
	tensor.Int64:   onnxpb.TensorProto_INT64,
	tensor.Uint8:   onnxpb.TensorProto_UINT8,
	tensor.Uint16:  onnxpb.TensorProto_UINT16,
	tensor.Uint32:  onnxpb.TensorProto_UINT32,
	tensor.Uint64:  onnxpb.TensorProto_UINT64,
	tensor.Bool:    onnxpb.TensorProto_BOOL,
}

// inGorgonia reports whether there are tensors of that type.
func inGorgonia(t DataType) bool {
	for _, known := range dataTypes {
		if known == t {
			return true
		}
	}
	return false
}

// elements converts what a tensor holds: a slice, or one number if it has no axes.
func elements(data any) []float64 {
	switch d := data.(type) {
	case []float32:
		return convert[float64](d)
	case []float64:
		return d
	case []int8:
		return convert[float64](d)
	case []int16:
		return convert[float64](d)
	case []int32:
		return convert[float64](d)
	case []int64:
		return convert[float64](d)
	case []uint8:
		return convert[float64](d)
	case []uint16:
		return convert[float64](d)
	case []uint32:
		return convert[float64](d)
	case []uint64:
		return convert[float64](d)
	case []bool:
		out := make([]float64, len(d))
		for i, v := range d {
			if v {
				out[i] = 1
			}
		}
		return out
	case float32:
		return []float64{exactConstant(d)}
	}
	if v := reflect.ValueOf(data); v.IsValid() && v.Kind() != reflect.Slice {
		return elements(reflect.Append(reflect.MakeSlice(reflect.SliceOf(v.Type()), 0, 1), v).Interface())
	}
	return nil
}

type number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64
}

func convert[T, S number](src []S) []T {
	dst := make([]T, len(src))
	for i, v := range src {
		dst[i] = T(v)
	}
	return dst
}

// dense returns a tensor of the given type.
func dense(t DataType, shape []int, data []float64) tensor.Tensor {
	var backing any
	switch t {
	case onnxpb.TensorProto_DOUBLE:
		backing = data
	case onnxpb.TensorProto_INT8:
		backing = convert[int8](data)
	case onnxpb.TensorProto_INT16:
		backing = convert[int16](data)
	case onnxpb.TensorProto_INT32:
		backing = convert[int32](data)
	case onnxpb.TensorProto_INT64:
		backing = convert[int64](data)
	case onnxpb.TensorProto_UINT8:
		backing = convert[uint8](data)
	case onnxpb.TensorProto_UINT16:
		backing = convert[uint16](data)
	case onnxpb.TensorProto_UINT32:
		backing = convert[uint32](data)
	case onnxpb.TensorProto_UINT64:
		backing = convert[uint64](data)
	case onnxpb.TensorProto_BOOL:
		truth := make([]bool, len(data))
		for i, v := range data {
			truth[i] = v != 0
		}
		backing = truth
	default:
		backing = convert[float32](data)
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(backing))
}

// direct returns an operation with the attributes that onnx-go hands over.
func direct(o onnx.Operation, opset int) (*operation, error) {
	if opset == 0 {
		opset = NewestOpset
	}
	op := &operation{name: o.Name, operator: o.Name, opset: opset, attributes: make(map[string]attribute)}
	for name, value := range o.Attributes {
		a, err := directAttribute(value)
		if err != nil {
			return nil, fmt.Errorf("%s: attribute %q: %w", o.Name, name, err)
		}
		op.attributes[name] = a
	}
	return op, nil
}

func directAttribute(value any) (attribute, error) {
	p := new(onnxpb.AttributeProto)
	switch v := value.(type) {
	case float32:
		p.Type, p.F = onnxpb.AttributeProto_FLOAT.Enum(), proto.Float32(v)
	case int64:
		p.Type, p.I = onnxpb.AttributeProto_INT.Enum(), proto.Int64(v)
	case string:
		p.Type, p.S = onnxpb.AttributeProto_STRING.Enum(), []byte(v)
	case []float32:
		p.Type, p.Floats = onnxpb.AttributeProto_FLOATS.Enum(), v
	case []int64:
		p.Type, p.Ints = onnxpb.AttributeProto_INTS.Enum(), v
	case []string:
		p.Type = onnxpb.AttributeProto_STRINGS.Enum()
		for _, s := range v {
			p.Strings = append(p.Strings, []byte(s))
		}
	case tensor.Tensor:
		p.Type = onnxpb.AttributeProto_TENSOR.Enum()
		return attribute{proto: p, held: v}, nil
	default:
		return attribute{}, fmt.Errorf("type %T is not supported", value)
	}
	return attribute{proto: p}, nil
}
