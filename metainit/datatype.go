package metainit

import (
	"math"
	"strings"

	"onnx-metainit/onnxio/onnxpb"
)

// typeName is the name of an ONNX element type as NumPy has it.
func typeName(t onnxpb.TensorProto_DataType) string {
	switch t {
	case onnxpb.TensorProto_FLOAT:
		return "float32"
	case onnxpb.TensorProto_DOUBLE:
		return "float64"
	}
	return strings.ToLower(t.String())
}

// isReal reports whether elements of the type are real numbers that noise can
// stand for.
func isReal(t onnxpb.TensorProto_DataType) bool {
	switch t {
	case onnxpb.TensorProto_FLOAT, onnxpb.TensorProto_DOUBLE, onnxpb.TensorProto_FLOAT16, onnxpb.TensorProto_BFLOAT16:
		return true
	}
	return false
}

// isWhole reports whether elements of the type are whole numbers or truth values.
func isWhole(t onnxpb.TensorProto_DataType) bool {
	_, high := limits(t)
	return high < math.MaxFloat32 && !isReal(t)
}

// limits returns the least and the greatest finite element of the type.
func limits(t onnxpb.TensorProto_DataType) (low, high float64) {
	switch t {
	case onnxpb.TensorProto_BOOL:
		return 0, 1
	case onnxpb.TensorProto_UINT8:
		return 0, math.MaxUint8
	case onnxpb.TensorProto_UINT16:
		return 0, math.MaxUint16
	case onnxpb.TensorProto_UINT32:
		return 0, math.MaxUint32
	case onnxpb.TensorProto_UINT64:
		return 0, math.MaxUint64
	case onnxpb.TensorProto_INT8:
		return math.MinInt8, math.MaxInt8
	case onnxpb.TensorProto_INT16:
		return math.MinInt16, math.MaxInt16
	case onnxpb.TensorProto_INT32:
		return math.MinInt32, math.MaxInt32
	case onnxpb.TensorProto_INT64:
		return math.MinInt64, math.MaxInt64
	case onnxpb.TensorProto_FLOAT16:
		return -65504, 65504
	case onnxpb.TensorProto_BFLOAT16:
		return -0x1.fep127, 0x1.fep127
	case onnxpb.TensorProto_FLOAT:
		return -math.MaxFloat32, math.MaxFloat32
	}
	return -math.MaxFloat64, math.MaxFloat64
}
