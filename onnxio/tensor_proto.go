package onnxio

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// DecodeTensor returns the tensor that is encoded in data, a TensorProto by itself as in the test data of ONNX models. The name
// is that of the file, for errors.
func DecodeTensor(name string, data []byte) (*Tensor, error) {
	// A model that has nothing else is read with all the care that tensors are read with.
	const irVersion, graph, initializer protowire.Number = 1, 7, 5
	model := protowire.AppendVarint(protowire.AppendTag(nil, irVersion, protowire.VarintType), 8)
	inside := protowire.AppendBytes(protowire.AppendTag(nil, initializer, protowire.BytesType), data)
	m, err := Decode(name, protowire.AppendBytes(protowire.AppendTag(model, graph, protowire.BytesType), inside))
	if err != nil {
		return nil, fmt.Errorf("no tensor that can be read: %w", err)
	}
	if len(m.Tensors) != 1 || m.Tensors[0].IsExternal() {
		return nil, fmt.Errorf("%s: no tensor with its values in it", name)
	}
	return m.Tensors[0], nil
}
