package metainit

import (
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
