package onnxio

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"onnx-metainit/onnxio/onnxpb"
)

// kind is how the bits of an element are to be understood.
type kind uint8

const (
	other    kind = iota // a number that this package does not read
	text                 // a string
	signed               // two's complement
	unsigned             //
	boolean              // 0 is false
	float                // decode and encode know
)

// elementType is what there is to know of an ONNX data type.
type elementType struct {
	kind  kind
	bits  int64            // of one element in raw_data and external data
	field protowire.Number // where values are that are in neither

	decode func(word uint64) float64 // float only
	encode func(x float64) uint64    // float only: x rounded once, to nearest even
}

// elementTypes has a row for each type of TensorProto.DataType.
var elementTypes = map[onnxpb.TensorProto_DataType]elementType{
	onnxpb.TensorProto_FLOAT:          {float, 32, floatData, decodeFloat, encodeFloat},
	onnxpb.TensorProto_DOUBLE:         {float, 64, doubleData, math.Float64frombits, math.Float64bits},
	onnxpb.TensorProto_FLOAT16:        {float, 16, int32Data, decodeFloat16, encodeFloat16},
	onnxpb.TensorProto_BFLOAT16:       {float, 16, int32Data, decodeBfloat16, encodeBfloat16},
	onnxpb.TensorProto_INT64:          {kind: signed, bits: 64, field: int64Data},
	onnxpb.TensorProto_INT32:          {kind: signed, bits: 32, field: int32Data},
	onnxpb.TensorProto_INT16:          {kind: signed, bits: 16, field: int32Data},
	onnxpb.TensorProto_INT8:           {kind: signed, bits: 8, field: int32Data},
	onnxpb.TensorProto_INT4:           {kind: signed, bits: 4, field: int32Data},
	onnxpb.TensorProto_INT2:           {kind: signed, bits: 2, field: int32Data},
	onnxpb.TensorProto_UINT64:         {kind: unsigned, bits: 64, field: uint64Data},
	onnxpb.TensorProto_UINT32:         {kind: unsigned, bits: 32, field: uint64Data},
	onnxpb.TensorProto_UINT16:         {kind: unsigned, bits: 16, field: int32Data},
	onnxpb.TensorProto_UINT8:          {kind: unsigned, bits: 8, field: int32Data},
	onnxpb.TensorProto_UINT4:          {kind: unsigned, bits: 4, field: int32Data},
	onnxpb.TensorProto_UINT2:          {kind: unsigned, bits: 2, field: int32Data},
	onnxpb.TensorProto_BOOL:           {kind: boolean, bits: 8, field: int32Data},
	onnxpb.TensorProto_STRING:         {kind: text, field: stringData},
	onnxpb.TensorProto_COMPLEX64:      {kind: other, bits: 64, field: floatData},
	onnxpb.TensorProto_COMPLEX128:     {kind: other, bits: 128, field: doubleData},
	onnxpb.TensorProto_FLOAT8E4M3FN:   {kind: other, bits: 8, field: int32Data},
	onnxpb.TensorProto_FLOAT8E4M3FNUZ: {kind: other, bits: 8, field: int32Data},
	onnxpb.TensorProto_FLOAT8E5M2:     {kind: other, bits: 8, field: int32Data},
	onnxpb.TensorProto_FLOAT8E5M2FNUZ: {kind: other, bits: 8, field: int32Data},
	onnxpb.TensorProto_FLOAT8E8M0:     {kind: other, bits: 8, field: int32Data},
	onnxpb.TensorProto_FLOAT6E2M3:     {kind: other, bits: 6, field: int32Data},
	onnxpb.TensorProto_FLOAT6E3M2:     {kind: other, bits: 6, field: int32Data},
	onnxpb.TensorProto_FLOAT4E2M1:     {kind: other, bits: 4, field: int32Data},
}

// bytes returns the size of n elements in raw_data and external data.
func (e elementType) bytes(n int64) int64 {
	return (n*e.bits + 7) / 8
}

// parts returns the type and the number of the items that n elements are made of. Of types that are not decoded these are
// the two halves of complex numbers, and the bytes that several small elements share.
func (e elementType) parts(n int64) (elementType, int64) {
	switch {
	case e.kind != other:
	case e.bits > 32:
		n, e.bits = 2*n, e.bits/2
	case e.bits < 8:
		n, e.bits = e.bytes(n), 8
	}
	return e, n
}

// integer returns the element as an integer; a uint64 wraps around.
func (e elementType) integer(word uint64) int64 {
	switch e.kind {
	case signed:
		shift := 64 - e.bits
		return int64(word<<shift) >> shift
	case boolean:
		if word != 0 {
			return 1
		}
		return 0
	}
	return int64(word)
}

// number returns the element as a double, rounded if it is an integer beyond 2⁵³.
func (e elementType) number(word uint64) float64 {
	switch e.kind {
	case float:
		return e.decode(word)
	case unsigned:
		return float64(word)
	}
	return float64(e.integer(word))
}

func decodeFloat(word uint64) float64 { return float64(math.Float32frombits(uint32(word))) }
func encodeFloat(x float64) uint64    { return uint64(math.Float32bits(float32(x))) }
