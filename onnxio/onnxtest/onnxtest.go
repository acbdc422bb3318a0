// Package onnxtest writes down small ONNX models for tests:
//
//	g := &onnxpb.GraphProto{
//		Input:       []*onnxpb.ValueInfoProto{onnxtest.Info("x", onnxio.Float32, "n", 2)},
//		Initializer: []*onnxpb.TensorProto{onnxtest.Tensor("w", onnxio.Float32, []float32{1, 2, 3, 4}, 2, 2)},
//		Node:        []*onnxpb.NodeProto{onnxtest.Node("MatMul", "x,w", "y")},
//		Output:      []*onnxpb.ValueInfoProto{onnxtest.Info("y", onnxio.Float32, "n", 2)},
//	}
//	data, err := proto.Marshal(onnxtest.Model(g))
package onnxtest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio/onnxpb"
)

// Model returns a model of the graph with opset 17.
func Model(g *onnxpb.GraphProto) *onnxpb.ModelProto {
	return &onnxpb.ModelProto{
		IrVersion:   proto.Int64(8),
		OpsetImport: []*onnxpb.OperatorSetIdProto{{Version: proto.Int64(17)}},
		Graph:       g,
	}
}

// Info describes a tensor; dims are sizes, names of free axes, or nil for a free axis without a name.
func Info[T ~int32](name string, dataType T, dims ...any) *onnxpb.ValueInfoProto {
	shape := &onnxpb.TensorShapeProto{}
	for _, d := range dims {
		dim := &onnxpb.TensorShapeProto_Dimension{}
		switch d := d.(type) {
		case int:
			dim.Value = &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: int64(d)}
		case string:
			dim.Value = &onnxpb.TensorShapeProto_Dimension_DimParam{DimParam: d}
		}
		shape.Dim = append(shape.Dim, dim)
	}
	return &onnxpb.ValueInfoProto{Name: &name, Type: &onnxpb.TypeProto{Value: &onnxpb.TypeProto_TensorType{
		TensorType: &onnxpb.TypeProto_Tensor{ElemType: proto.Int32(int32(dataType)), Shape: shape},
	}}}
}

// Tensor returns a tensor with the values, a slice of numbers or booleans, in raw_data.
func Tensor[T ~int32](name string, dataType T, values any, dims ...int64) *onnxpb.TensorProto {
	var raw bytes.Buffer
	if err := binary.Write(&raw, binary.LittleEndian, values); err != nil {
		panic(err)
	}
	return &onnxpb.TensorProto{Name: &name, Dims: dims, DataType: proto.Int32(int32(dataType)), RawData: raw.Bytes()}
}

// Node returns a node without a name. Inputs and outputs are separated by commas; the operator's domain and a colon may stand
// before it, as in "com.example:Fancy".
func Node(operator, inputs, outputs string, attributes ...*onnxpb.AttributeProto) *onnxpb.NodeProto {
	n := &onnxpb.NodeProto{Input: split(inputs), Output: split(outputs), OpType: &operator, Attribute: attributes}
	if domain, name, ok := strings.Cut(operator, ":"); ok {
		n.Domain, n.OpType = &domain, &name
	}
	return n
}

func split(names string) []string {
	if names == "" {
		return nil
	}
	return strings.Split(names, ",")
}

// Cast returns a node that converts to a type.
func Cast[T ~int32](input, output string, to T) *onnxpb.NodeProto {
	return Node("Cast", input, output, Attribute("to", int64(to)))
}

// Attribute returns an attribute whose value is an int64, float32, []int64, tensor or graph.
func Attribute(name string, value any) *onnxpb.AttributeProto {
	a := &onnxpb.AttributeProto{Name: &name}
	switch v := value.(type) {
	case int64:
		a.Type, a.I = onnxpb.AttributeProto_INT.Enum(), &v
	case float32:
		a.Type, a.F = onnxpb.AttributeProto_FLOAT.Enum(), &v
	case []int64:
		a.Type, a.Ints = onnxpb.AttributeProto_INTS.Enum(), v
	case *onnxpb.TensorProto:
		a.Type, a.T = onnxpb.AttributeProto_TENSOR.Enum(), v
	case *onnxpb.GraphProto:
		a.Type, a.G = onnxpb.AttributeProto_GRAPH.Enum(), v
	default:
		panic(fmt.Sprintf("attribute %q: a value of type %T", name, value))
	}
	return a
}
