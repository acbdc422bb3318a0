package main

import (
	"bytes"
	"math"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
	"onnx-metainit/onnxio/onnxtest"
)

// exampleModels are small models for the scripts. Their input is x of shape [n 3] and their output y of shape [n 2],
// unless their name says otherwise.
var exampleModels = map[string]func() ([]byte, error){
	"linear": func() ([]byte, error) { return linear(weights(0.5)) },
	"half":   func() ([]byte, error) { return linear(halves(0x3800)) },
	"nan":    func() ([]byte, error) { return linear(weights(float32(math.NaN()))) },
	"overflow": func() ([]byte, error) {
		return linear(weights(1e20), onnxtest.Node("MatMul", "x,w", "h"), onnxtest.Node("Exp", "h", "y"))
	},
	"external": func() ([]byte, error) { return linear(external("location=weights.bin")) },
	"outside":  func() ([]byte, error) { return linear(external("location=../weights.bin")) },
	"short": func() ([]byte, error) {
		return linear(stored(onnxio.Float32, make([]byte, 20)))
	},
	"no-gradient": func() ([]byte, error) {
		return linear(weights(0.5), onnxtest.Node("MatMul", "x,w", "h"), onnxtest.Node("Floor", "h", "f"), onnxtest.Node("Equal", "f,f", "e"), onnxtest.Cast("e", "y", onnxio.Float32))
	},
	"integers": func() ([]byte, error) {
		return linear(integers(), onnxtest.Cast("x", "i", onnxio.Int64), onnxtest.Node("MatMul", "i,w", "h"), onnxtest.Cast("h", "y", onnxio.Float32))
	},
	"unsupported": func() ([]byte, error) {
		return linear(weights(0.5), onnxtest.Node("MatMul", "x,w", "h"), onnxtest.Node("ImageDecoder", "h", "a"), onnxtest.Node("com.example:Fancy", "a", "b"), onnxtest.Node("com.example:Fancy", "b", "y"))
	},
	"wrong-operands": func() ([]byte, error) { return linear(weights(0.5), onnxtest.Node("MatMul", "w,x", "y")) },
	"index-outside": func() ([]byte, error) {
		return linear(weights(0.5), onnxtest.Node("MatMul", "x,w", "h"), ints("at", 0, 9), onnxtest.Node("Gather", "h,at", "y"))
	},
	"missing-value": func() ([]byte, error) { return linear(weights(0.5), onnxtest.Node("MatMul", "x,nowhere", "y")) },
	"mean": func() ([]byte, error) {
		return linear(weights(0.5), onnxtest.Node("MatMul", "x,w", "h"), onnxtest.Node("ReduceMean", "h", "y"))
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
		small := onnxtest.Node("Constant", "", "small", onnxtest.Attribute("value_float", float32(1e-6)))
		return linear(halves(0x7a00), small, onnxtest.Cast("w", "f", onnxio.Float32), onnxtest.Node("Mul", "x,small", "s"), onnxtest.Node("MatMul", "s,f", "y"))
	},
	"huge-half": func() ([]byte, error) { return linear(halves(0x7a00)) },
	"complex":   func() ([]byte, error) { return linear(stored(onnxio.Complex64, doubles(1))) },
	"texts":     func() ([]byte, error) { return linear(stored(onnxio.String, []byte{})) },
	"no-type":   func() ([]byte, error) { return linear(stored(0, []byte{})) },
	"new-type":  func() ([]byte, error) { return linear(stored(99, []byte{})) },
	"wrong-field": func() ([]byte, error) {
		w := stored(onnxio.Float64, []byte{})
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
	return encode(&onnxpb.GraphProto{
		Initializer: []*onnxpb.TensorProto{weights(0.5)},
		Node:        []*onnxpb.NodeProto{onnxtest.Cast("x", "f", onnxio.Float32), onnxtest.Node("MatMul", "f,w", "y")},
		Input:       []*onnxpb.ValueInfoProto{onnxtest.Info("x", t, "n", 3)},
		Output:      []*onnxpb.ValueInfoProto{info("y", "n", 2)},
	})
}

// tokens returns a model with inputs a and b of shape [batch seq 3], a third one of shape [seq 3], and two outputs.
func tokens() ([]byte, error) {
	return encode(&onnxpb.GraphProto{
		Initializer: []*onnxpb.TensorProto{weights(0.5)},
		Node:        []*onnxpb.NodeProto{onnxtest.Node("Add", "a,b", "s"), onnxtest.Node("Mul", "s,places", "m"), onnxtest.Node("MatMul", "m,w", "y"), onnxtest.Node("Tanh", "y", "z")},
		Input:       []*onnxpb.ValueInfoProto{info("a", "batch", "seq", 3), info("b", "batch", "seq", 3), info("places", "seq", 3)},
		Output:      []*onnxpb.ValueInfoProto{info("y", "batch", "seq", 2), info("z", "batch", "seq", 2)},
	})
}

// training returns a model whose training begins with another w.
func training() ([]byte, error) {
	data, err := linear(weights(0.5), onnxtest.Node("MatMul", "x,w", "h"), onnxtest.Node("Tanh", "h", "y"))
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
		Node:              []*onnxpb.NodeProto{onnxtest.Node("Add", "w,extra", "s"), onnxtest.Node("MatMul", "x,s", "h"), onnxtest.Node("Tanh", "h", "y")},
		Input:             []*onnxpb.ValueInfoProto{info("x", "n", 3), info("w", 3, 2), info("extra", 3, 2)},
		Output:            []*onnxpb.ValueInfoProto{info("y", "n", 2)},
	})
}

// linear returns the encoding of a model with the initializer; y = x w if there are no nodes.
func linear(w *onnxpb.TensorProto, nodes ...*onnxpb.NodeProto) ([]byte, error) {
	if len(nodes) == 0 {
		nodes = []*onnxpb.NodeProto{onnxtest.Node("MatMul", "x,w", "y")}
		if w.GetDataType() != int32(onnxio.Float32) {
			nodes = []*onnxpb.NodeProto{onnxtest.Cast("w", "f", onnxio.Float32), onnxtest.Node("MatMul", "x,f", "y")}
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
		Node: []*onnxpb.NodeProto{onnxtest.Node("MatMul", "x,w", "h"), ints("one", 1), onnxtest.Node("Squeeze", "one", "k"),
			onnxtest.Node("SplitToSequence", "h,k", "s"), onnxtest.Node("ConcatFromSequence", "s", "y")},
		Input:  []*onnxpb.ValueInfoProto{info("x", 100000, 3)},
		Output: []*onnxpb.ValueInfoProto{info("y", 100000, 2)},
	})
}

// expanded returns a model with an input of shape [n 3] and an output of 2^25 elements that are all the mean of y.
func expanded() ([]byte, error) {
	return encode(&onnxpb.GraphProto{
		Initializer: []*onnxpb.TensorProto{weights(0.5)},
		Node:        []*onnxpb.NodeProto{onnxtest.Node("MatMul", "x,w", "h"), onnxtest.Node("ReduceMean", "h", "m"), ints("s", 1<<25), onnxtest.Node("Squeeze", "m", "q"), onnxtest.Node("Expand", "q,s", "y")},
		Input:       []*onnxpb.ValueInfoProto{info("x", "n", 3)},
		Output:      []*onnxpb.ValueInfoProto{info("y", 1<<25)},
	})
}

// unneededInput returns the linear model with an input z of 2^28 elements for another output.
func unneededInput() ([]byte, error) {
	return encode(&onnxpb.GraphProto{
		Initializer: []*onnxpb.TensorProto{weights(0.5)},
		Node:        []*onnxpb.NodeProto{onnxtest.Node("MatMul", "x,w", "y"), onnxtest.Node("Tanh", "z", "t")},
		Input:       []*onnxpb.ValueInfoProto{info("x", "n", 3), info("z", 1<<14, 1<<14)},
		Output:      []*onnxpb.ValueInfoProto{info("y", "n", 2), info("t", 1<<14, 1<<14)},
	})
}

// twoInputs returns a model with inputs named as TensorFlow does: y = (a:0 + b:0) w.
func twoInputs() ([]byte, error) {
	return encode(&onnxpb.GraphProto{
		Initializer: []*onnxpb.TensorProto{weights(0.5)},
		Node:        []*onnxpb.NodeProto{onnxtest.Node("Add", "a:0,b:0", "h"), onnxtest.Node("MatMul", "h,w", "y")},
		Input:       []*onnxpb.ValueInfoProto{info("a:0", "n", 3), info("b:0", "n", 3)},
		Output:      []*onnxpb.ValueInfoProto{info("y", "n", 2)},
	})
}

// freeSecondAxis returns a model whose input has the shape [n length 3].
func freeSecondAxis() ([]byte, error) {
	return encode(&onnxpb.GraphProto{
		Initializer: []*onnxpb.TensorProto{weights(0.5)},
		Node:        []*onnxpb.NodeProto{onnxtest.Node("MatMul", "x,w", "y")},
		Input:       []*onnxpb.ValueInfoProto{info("x", "n", "length", 3)},
		Output:      []*onnxpb.ValueInfoProto{info("y", "n", "length", 2)},
	})
}

// encode returns the encoding of a model of the graph, whose nodes without a name are named after their output.
func encode(g *onnxpb.GraphProto) ([]byte, error) {
	g.Name = proto.String("example")
	for _, n := range g.Node {
		if n.Name == nil {
			n.Name = proto.String("make " + n.Output[0])
		}
	}
	m := onnxtest.Model(g)
	m.OpsetImport = append(m.OpsetImport, &onnxpb.OperatorSetIdProto{Domain: proto.String("com.example"), Version: proto.Int64(1)})
	return proto.Marshal(m)
}

// info describes a float tensor; dims are sizes or the names of free axes.
func info(name string, dims ...any) *onnxpb.ValueInfoProto {
	return onnxtest.Info(name, onnxio.Float32, dims...)
}

// ints returns the Constant node of integers with one axis.
func ints(output string, values ...int64) *onnxpb.NodeProto {
	return onnxtest.Node("Constant", "", output, onnxtest.Attribute("value_ints", values))
}
