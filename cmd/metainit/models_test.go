package main

import (
	"encoding/binary"
	"math"
	"strings"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio/onnxpb"
)

// exampleModels are small models for the scripts. Their input is x of shape [n 3] and their output y of shape [n 2],
// unless their name says otherwise.
var exampleModels = map[string]func() ([]byte, error){
	"linear": func() ([]byte, error) { return linear(weights(0.5)) },
	"half":   func() ([]byte, error) { return linear(halves(0x3800)) },
	"nan":    func() ([]byte, error) { return linear(weights(float32(math.NaN()))) },
	"overflow": func() ([]byte, error) {
		return linear(weights(1e20), node("MatMul", "h", "x w"), node("Exp", "y", "h"))
	},
	"external": func() ([]byte, error) { return linear(external("weights.bin")) },
	"outside":  func() ([]byte, error) { return linear(external("../weights.bin")) },
	"short": func() ([]byte, error) {
		return linear(&onnxpb.TensorProto{Name: proto.String("w"), Dims: []int64{3, 2}, DataType: proto.Int32(1), RawData: make([]byte, 20)})
	},
	"no-gradient": func() ([]byte, error) {
		return linear(weights(0.5), node("MatMul", "h", "x w"), node("Floor", "f", "h"), node("Equal", "e", "f f"), cast("y", "e", onnxpb.TensorProto_FLOAT))
	},
	"integers": func() ([]byte, error) {
		return linear(integers(), cast("i", "x", onnxpb.TensorProto_INT64), node("MatMul", "h", "i w"), cast("y", "h", onnxpb.TensorProto_FLOAT))
	},
	"unsupported": func() ([]byte, error) {
		return linear(weights(0.5), node("MatMul", "h", "x w"), node("NonMaxSuppression", "a", "h"), foreign(node("Fancy", "b", "a")), foreign(node("Fancy", "y", "b")))
	},
	"wrong-operands": func() ([]byte, error) { return linear(weights(0.5), node("MatMul", "y", "w x")) },
	"missing-value":  func() ([]byte, error) { return linear(weights(0.5), node("MatMul", "y", "x nowhere")) },
	"mean": func() ([]byte, error) {
		return linear(weights(0.5), node("MatMul", "h", "x w"), node("ReduceMean", "y", "h"))
	},
	"two-inputs":       twoInputs,
	"free-second-axis": freeSecondAxis,
}

// linear returns the encoding of a model with the initializer; y = x w if there are no nodes.
func linear(w *onnxpb.TensorProto, nodes ...*onnxpb.NodeProto) ([]byte, error) {
	if len(nodes) == 0 {
		nodes = []*onnxpb.NodeProto{node("MatMul", "y", "x w")}
		if w.GetDataType() == int32(onnxpb.TensorProto_FLOAT16) {
			nodes = []*onnxpb.NodeProto{cast("f", "w", onnxpb.TensorProto_FLOAT), node("MatMul", "y", "x f")}
		}
	}
	return encode(&onnxpb.GraphProto{
		Initializer: []*onnxpb.TensorProto{w},
		Node:        nodes,
		Input:       []*onnxpb.ValueInfoProto{info("x", "n", 3)},
		Output:      []*onnxpb.ValueInfoProto{info("y", "n", 2)},
	})
}

// twoInputs returns a model with inputs named as TensorFlow does: y = (a:0 + b:0) w.
func twoInputs() ([]byte, error) {
	return encode(&onnxpb.GraphProto{
		Initializer: []*onnxpb.TensorProto{weights(0.5)},
		Node:        []*onnxpb.NodeProto{node("Add", "h", "a:0 b:0"), node("MatMul", "y", "h w")},
		Input:       []*onnxpb.ValueInfoProto{info("a:0", "n", 3), info("b:0", "n", 3)},
		Output:      []*onnxpb.ValueInfoProto{info("y", "n", 2)},
	})
}

// freeSecondAxis returns a model whose input has the shape [n length 3].
func freeSecondAxis() ([]byte, error) {
	return encode(&onnxpb.GraphProto{
		Initializer: []*onnxpb.TensorProto{weights(0.5)},
		Node:        []*onnxpb.NodeProto{node("MatMul", "y", "x w")},
		Input:       []*onnxpb.ValueInfoProto{info("x", "n", "length", 3)},
		Output:      []*onnxpb.ValueInfoProto{info("y", "n", "length", 2)},
	})
}

func encode(g *onnxpb.GraphProto) ([]byte, error) {
	g.Name = proto.String("example")
	return proto.Marshal(&onnxpb.ModelProto{
		IrVersion: proto.Int64(8),
		OpsetImport: []*onnxpb.OperatorSetIdProto{
			{Version: proto.Int64(17)},
			{Domain: proto.String("com.example"), Version: proto.Int64(1)},
		},
		Graph: g,
	})
}

// info returns the type of a float tensor; dims are sizes or the names of free axes.
func info(name string, dims ...any) *onnxpb.ValueInfoProto {
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
		TensorType: &onnxpb.TypeProto_Tensor{ElemType: proto.Int32(1), Shape: shape},
	}}}
}

// node returns the node "make OUTPUT" with inputs that spaces separate.
func node(operator, output, inputs string) *onnxpb.NodeProto {
	return &onnxpb.NodeProto{Name: proto.String("make " + output), OpType: &operator, Input: strings.Fields(inputs), Output: []string{output}}
}

func cast(output, input string, to onnxpb.TensorProto_DataType) *onnxpb.NodeProto {
	n := node("Cast", output, input)
	n.Attribute = []*onnxpb.AttributeProto{{Name: proto.String("to"), Type: onnxpb.AttributeProto_INT.Enum(), I: proto.Int64(int64(to))}}
	return n
}

func foreign(n *onnxpb.NodeProto) *onnxpb.NodeProto {
	n.Domain = proto.String("com.example")
	return n
}

// weights returns the float32 initializer w of shape [3 2] with elements scale times 1, −2, 3, −4, 5, −6.
func weights(scale float32) *onnxpb.TensorProto {
	w := &onnxpb.TensorProto{Name: proto.String("w"), Dims: []int64{3, 2}, DataType: proto.Int32(int32(onnxpb.TensorProto_FLOAT))}
	for _, v := range []float32{1, -2, 3, -4, 5, -6} {
		w.RawData = binary.LittleEndian.AppendUint32(w.RawData, math.Float32bits(scale*v))
	}
	return w
}

// halves returns the float16 initializer w of shape [3 2], its elements the bits and those that follow.
func halves(bits uint16) *onnxpb.TensorProto {
	w := &onnxpb.TensorProto{Name: proto.String("w"), Dims: []int64{3, 2}, DataType: proto.Int32(int32(onnxpb.TensorProto_FLOAT16))}
	for i := range uint16(6) {
		w.RawData = binary.LittleEndian.AppendUint16(w.RawData, bits+97*i)
	}
	return w
}

func integers() *onnxpb.TensorProto {
	return &onnxpb.TensorProto{Name: proto.String("w"), Dims: []int64{3, 2}, DataType: proto.Int32(int32(onnxpb.TensorProto_INT64)), Int64Data: []int64{1, 2, 3, 4, 5, 6}}
}

// external returns the initializer w whose values are in a file.
func external(location string) *onnxpb.TensorProto {
	return &onnxpb.TensorProto{
		Name: proto.String("w"), Dims: []int64{3, 2}, DataType: proto.Int32(int32(onnxpb.TensorProto_FLOAT)),
		DataLocation: onnxpb.TensorProto_EXTERNAL.Enum(),
		ExternalData: []*onnxpb.StringStringEntryProto{{Key: proto.String("location"), Value: &location}},
	}
}
