package main

import (
	"encoding/binary"
	"math"
	"strings"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

// weights returns the float32 initializer w of shape [3 2] with elements scale times 1, −2, 3, −4, 5, −6.
func weights(scale float32) *onnxpb.TensorProto {
	w := &onnxpb.TensorProto{Name: proto.String("w"), Dims: []int64{3, 2}, DataType: proto.Int32(int32(onnxio.Float32))}
	for _, v := range []float32{1, -2, 3, -4, 5, -6} {
		w.RawData = binary.LittleEndian.AppendUint32(w.RawData, math.Float32bits(scale*v))
	}
	return w
}

// halves returns the float16 initializer w of shape [3 2], its elements the bits and those that follow.
func halves(bits uint16) *onnxpb.TensorProto {
	w := &onnxpb.TensorProto{Name: proto.String("w"), Dims: []int64{3, 2}, DataType: proto.Int32(int32(onnxio.Float16))}
	for i := range uint16(6) {
		w.RawData = binary.LittleEndian.AppendUint16(w.RawData, bits+97*i)
	}
	return w
}

// stored returns the initializer w of shape [3 2] and the type, with the bytes of its elements.
func stored(t onnxio.DataType, raw []byte) *onnxpb.TensorProto {
	return &onnxpb.TensorProto{Name: proto.String("w"), Dims: []int64{3, 2}, DataType: proto.Int32(int32(t)), RawData: raw}
}

// doubles returns six doubles, scale times 1, −2, 3, −4, 5, −6.
func doubles(scale float64) []byte {
	var raw []byte
	for _, v := range []float64{1, -2, 3, -4, 5, -6} {
		raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(scale*v))
	}
	return raw
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
