package main

import (
	"bytes"
	"math"
	"strings"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio"
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
	"external": func() ([]byte, error) { return linear(external("location=weights.bin")) },
	"outside":  func() ([]byte, error) { return linear(external("location=../weights.bin")) },
	"short": func() ([]byte, error) {
		return linear(&onnxpb.TensorProto{Name: proto.String("w"), Dims: []int64{3, 2}, DataType: proto.Int32(1), RawData: make([]byte, 20)})
	},
	"no-gradient": func() ([]byte, error) {
		return linear(weights(0.5), node("MatMul", "h", "x w"), node("Floor", "f", "h"), node("Equal", "e", "f f"), cast("y", "e", onnxio.Float32))
	},
	"integers": func() ([]byte, error) {
		return linear(integers(), cast("i", "x", onnxio.Int64), node("MatMul", "h", "i w"), cast("y", "h", onnxio.Float32))
	},
	"unsupported": func() ([]byte, error) {
		return linear(weights(0.5), node("MatMul", "h", "x w"), node("ImageDecoder", "a", "h"), foreign(node("Fancy", "b", "a")), foreign(node("Fancy", "y", "b")))
	},
	"wrong-operands": func() ([]byte, error) { return linear(weights(0.5), node("MatMul", "y", "w x")) },
	"index-outside": func() ([]byte, error) {
		return linear(weights(0.5), node("MatMul", "h", "x w"), ints("at", 0, 9), node("Gather", "y", "h at"))
	},
	"missing-value": func() ([]byte, error) { return linear(weights(0.5), node("MatMul", "y", "x nowhere")) },
	"mean": func() ([]byte, error) {
		return linear(weights(0.5), node("MatMul", "h", "x w"), node("ReduceMean", "y", "h"))
	},
	"pieces":           pieces,
	"expanded":         expanded,
	"unneeded-input":   unneededInput,
	"two-inputs":       twoInputs,
	"free-second-axis": freeSecondAxis,
	"tokens":           tokens,
	"training":         training,
	"sparse":           sparse,

	"double":      func() ([]byte, error) { return linear(stored(onnxio.Float64, doubles(0.5))) },
	"huge-double": func() ([]byte, error) { return linear(stored(onnxio.Float64, doubles(1e60))) },
	"tiny-half": func() ([]byte, error) {
		return linear(stored(onnxio.Float16, bytes.Repeat([]byte{1, 0}, 6)))
	},
	"small-input-huge-half": func() ([]byte, error) {
		small := node("Constant", "small", "")
		small.Attribute = []*onnxpb.AttributeProto{{Name: proto.String("value_float"), Type: onnxpb.AttributeProto_FLOAT.Enum(), F: proto.Float32(1e-6)}}
		return linear(halves(0x7a00), small, cast("f", "w", onnxio.Float32), node("Mul", "s", "x small"), node("MatMul", "y", "s f"))
	},
	"huge-half": func() ([]byte, error) { return linear(halves(0x7a00)) },
	"complex":   func() ([]byte, error) { return linear(stored(onnxio.Complex64, doubles(1))) },
	"texts":     func() ([]byte, error) { return linear(stored(onnxio.String, nil)) },
	"no-type":   func() ([]byte, error) { return linear(stored(0, nil)) },
	"new-type":  func() ([]byte, error) { return linear(stored(99, nil)) },
	"wrong-field": func() ([]byte, error) {
		w := stored(onnxio.Float64, nil)
		w.FloatData = []float32{1, 2, 3, 4, 5, 6}
		return linear(w)
	},
	"two-fields": func() ([]byte, error) {
		w := weights(1)
		w.FloatData = []float32{1, 2, 3, 4, 5, 6}
		return linear(w)
	},
	"text-input":    func() ([]byte, error) { return typedInput(onnxio.String) },
	"complex-input": func() ([]byte, error) { return typedInput(onnxio.Complex128) },
	"bool-input":    func() ([]byte, error) { return typedInput(onnxio.Bool) },
	"uint8-input":   func() ([]byte, error) { return typedInput(onnxio.Uint8) },
	"half-input":    func() ([]byte, error) { return typedInput(onnxio.Float16) },
}

// typedInput returns the linear model with an input of the type.
func typedInput(t onnxio.DataType) ([]byte, error) {
	in := info("x", "n", 3)
	in.GetType().GetTensorType().ElemType = proto.Int32(int32(t))
	return encode(&onnxpb.GraphProto{
		Initializer: []*onnxpb.TensorProto{weights(0.5)},
		Node:        []*onnxpb.NodeProto{cast("f", "x", onnxio.Float32), node("MatMul", "y", "f w")},
		Input:       []*onnxpb.ValueInfoProto{in},
		Output:      []*onnxpb.ValueInfoProto{info("y", "n", 2)},
	})
}

// tokens returns a model with inputs a and b of shape [batch seq 3], a third one of shape [seq 3], and two outputs.
func tokens() ([]byte, error) {
	return encode(&onnxpb.GraphProto{
		Initializer: []*onnxpb.TensorProto{weights(0.5)},
		Node:        []*onnxpb.NodeProto{node("Add", "s", "a b"), node("Mul", "m", "s places"), node("MatMul", "y", "m w"), node("Tanh", "z", "y")},
		Input:       []*onnxpb.ValueInfoProto{info("a", "batch", "seq", 3), info("b", "batch", "seq", 3), info("places", "seq", 3)},
		Output:      []*onnxpb.ValueInfoProto{info("y", "batch", "seq", 2), info("z", "batch", "seq", 2)},
	})
}

// training returns a model whose training begins with another w.
func training() ([]byte, error) {
	data, err := linear(weights(0.5), node("MatMul", "h", "x w"), node("Tanh", "y", "h"))
	if err != nil {
		return nil, err
	}
	fresh := weights(1)
	fresh.Name = proto.String("fresh")
	more, err := proto.Marshal(&onnxpb.ModelProto{TrainingInfo: []*onnxpb.TrainingInfoProto{{
		Initialization:        &onnxpb.GraphProto{Name: proto.String("start"), Initializer: []*onnxpb.TensorProto{fresh}, Output: []*onnxpb.ValueInfoProto{info("fresh", 3, 2)}},
		InitializationBinding: []*onnxpb.StringStringEntryProto{{Key: proto.String("w"), Value: proto.String("fresh")}},
	}}})
	return append(data, more...), err
}

// sparse returns a model with a sparse tensor that is added to the weights; both are inputs too, as they were until
// version 4 of the format.
func sparse() ([]byte, error) {
	values := weights(0.25)
	values.Name, values.Dims = proto.String("extra"), []int64{6}
	indices := integers()
	indices.Name, indices.Dims, indices.Int64Data = nil, []int64{6}, []int64{0, 1, 2, 3, 4, 5}
	return encode(&onnxpb.GraphProto{
		Initializer:       []*onnxpb.TensorProto{weights(0.5)},
		SparseInitializer: []*onnxpb.SparseTensorProto{{Dims: []int64{3, 2}, Values: values, Indices: indices}},
		Node:              []*onnxpb.NodeProto{node("Add", "s", "w extra"), node("MatMul", "h", "x s"), node("Tanh", "y", "h")},
		Input:             []*onnxpb.ValueInfoProto{info("x", "n", 3), info("w", 3, 2), info("extra", 3, 2)},
		Output:            []*onnxpb.ValueInfoProto{info("y", "n", 2)},
	})
}

// linear returns the encoding of a model with the initializer; y = x w if there are no nodes.
func linear(w *onnxpb.TensorProto, nodes ...*onnxpb.NodeProto) ([]byte, error) {
	if len(nodes) == 0 {
		nodes = []*onnxpb.NodeProto{node("MatMul", "y", "x w")}
		if w.GetDataType() != int32(onnxio.Float32) {
			nodes = []*onnxpb.NodeProto{cast("f", "w", onnxio.Float32), node("MatMul", "y", "x f")}
		}
	}
	return encode(&onnxpb.GraphProto{
		Initializer: []*onnxpb.TensorProto{w},
		Node:        nodes,
		Input:       []*onnxpb.ValueInfoProto{info("x", "n", 3)},
		Output:      []*onnxpb.ValueInfoProto{info("y", "n", 2)},
	})
}

// pieces returns a model with an input of shape [100000 3], cut into as many pieces and put together again.
func pieces() ([]byte, error) {
	return encode(&onnxpb.GraphProto{
		Initializer: []*onnxpb.TensorProto{weights(0.5)},
		Node: []*onnxpb.NodeProto{node("MatMul", "h", "x w"), ints("one", 1), node("Squeeze", "k", "one"),
			node("SplitToSequence", "s", "h k"), node("ConcatFromSequence", "y", "s")},
		Input:  []*onnxpb.ValueInfoProto{info("x", 100000, 3)},
		Output: []*onnxpb.ValueInfoProto{info("y", 100000, 2)},
	})
}

// expanded returns a model with an input of shape [n 3] and an output of 2^25 elements that are all the mean of y.
func expanded() ([]byte, error) {
	return encode(&onnxpb.GraphProto{
		Initializer: []*onnxpb.TensorProto{weights(0.5)},
		Node:        []*onnxpb.NodeProto{node("MatMul", "h", "x w"), node("ReduceMean", "m", "h"), ints("s", 1<<25), node("Squeeze", "q", "m"), node("Expand", "y", "q s")},
		Input:       []*onnxpb.ValueInfoProto{info("x", "n", 3)},
		Output:      []*onnxpb.ValueInfoProto{info("y", 1<<25)},
	})
}

// unneededInput returns the linear model with an input z of 2^28 elements for another output.
func unneededInput() ([]byte, error) {
	return encode(&onnxpb.GraphProto{
		Initializer: []*onnxpb.TensorProto{weights(0.5)},
		Node:        []*onnxpb.NodeProto{node("MatMul", "y", "x w"), node("Tanh", "t", "z")},
		Input:       []*onnxpb.ValueInfoProto{info("x", "n", 3), info("z", 1<<14, 1<<14)},
		Output:      []*onnxpb.ValueInfoProto{info("y", "n", 2), info("t", 1<<14, 1<<14)},
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

func cast(output, input string, to onnxio.DataType) *onnxpb.NodeProto {
	n := node("Cast", output, input)
	n.Attribute = []*onnxpb.AttributeProto{{Name: proto.String("to"), Type: onnxpb.AttributeProto_INT.Enum(), I: proto.Int64(int64(to))}}
	return n
}

// ints returns the Constant node of integers with one axis.
func ints(output string, values ...int64) *onnxpb.NodeProto {
	n := node("Constant", output, "")
	n.Attribute = []*onnxpb.AttributeProto{{Name: proto.String("value_ints"), Type: onnxpb.AttributeProto_INTS.Enum(), Ints: values}}
	return n
}

func foreign(n *onnxpb.NodeProto) *onnxpb.NodeProto {
	n.Domain = proto.String("com.example")
	return n
}
