package lower

import (
	"fmt"
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
	leaf := func(n *Node) (value, error) {
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
