package main

import (
	"strings"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
	"onnx-metainit/onnxio/onnxtest"
)

// weights returns the float32 initializer w of shape [3 2] with elements scale times 1, −2, 3, −4, 5, −6.
func weights(scale float32) *onnxpb.TensorProto {
	return stored(onnxio.Float32, []float32{scale, -2 * scale, 3 * scale, -4 * scale, 5 * scale, -6 * scale})
}

// halves returns the float16 initializer w of shape [3 2], its elements the bits and those that follow.
func halves(bits uint16) *onnxpb.TensorProto {
	values := make([]uint16, 6)
	for i := range values {
		values[i] = bits + 97*uint16(i)
	}
	return stored(onnxio.Float16, values)
}

// stored returns the initializer w of shape [3 2] and the type, with the values, or the bytes, of its elements.
func stored(t onnxio.DataType, values any) *onnxpb.TensorProto {
	return onnxtest.Tensor("w", t, values, 3, 2)
}

// doubles returns six doubles, scale times 1, −2, 3, −4, 5, −6.
func doubles(scale float64) []float64 {
	return []float64{scale, -2 * scale, 3 * scale, -4 * scale, 5 * scale, -6 * scale}
}

func integers() *onnxpb.TensorProto {
	return &onnxpb.TensorProto{Name: proto.String("w"), Dims: []int64{3, 2}, DataType: proto.Int32(int32(onnxio.Int64)), Int64Data: []int64{1, 2, 3, 4, 5, 6}}
}

// external returns the initializer w whose values are where the entries, KEY=VALUE, say.
func external(entries ...string) *onnxpb.TensorProto {
	w := weights(0)
	w.RawData, w.DataLocation = nil, onnxpb.TensorProto_EXTERNAL.Enum()
	for _, entry := range entries {
		key, value, _ := strings.Cut(entry, "=")
		w.ExternalData = append(w.ExternalData, &onnxpb.StringStringEntryProto{Key: &key, Value: &value})
	}
	return w
}
