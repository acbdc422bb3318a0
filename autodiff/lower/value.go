package lower

import (
	"fmt"
	"math"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

// DataType is the element type of an ONNX tensor.
type DataType = onnxio.DataType

const (
	float32Type = onnxio.Float32
	float64Type = onnxio.Float64
	int64Type   = onnxio.Int64
	boolType    = onnxio.Bool
)

// value is a tensor of an ONNX graph while it is lowered. The graph computes with reals only; what the ONNX type means
// (whether a division truncates, say) is decided here.
type value struct {
	Node     *autodiff.Node // nil for an optional tensor that is absent
	DataType DataType

	sequence *sequence // in place of Node
	none     bool      // an optional that holds nothing, in place of Node

	stored    *stored    // the tensor of the file that this is, unchanged
	alias     string     // its last other name
	weight    *Weight    // the weight that this is, unchanged
	moved     *Weight    // the weight whose elements these are, perhaps in another shape, order or type, perhaps not all
	fed       bool       // depends on an input of the model
	product   bool       // the result of a product
	input     *Input     // the input that these whole numbers or truth values were made of
	derived   bool       // of the input's elements these are no longer any: they were compared, counted or searched
	quantized *quantized // what these quantized numbers were before, with Options.StraightThrough
	tail      *tail      // what this ends in

	read func() ([]float64, error) // reads the elements of what is stored
}

// isFloat reports whether the type is one that the graph differentiates.
func isFloat(t DataType) bool { return t.IsFloat() || t.IsMinifloat() }

// isInteger reports whether the type holds whole numbers.
func isInteger(t DataType) bool {
	switch t {
	case onnxio.Undefined, onnxio.Bool, onnxio.String, onnxio.Complex64, onnxio.Complex128:
		return false
	}
	return !isFloat(t)
}

// isNumeric reports whether tensors of the type can be in the graph.
func isNumeric(t DataType) bool { return isFloat(t) || isInteger(t) || t == boolType }

// String returns type and shape, as in float[32 10].
func (v value) String() string {
	switch {
	case v.sequence != nil:
		return fmt.Sprintf("sequence of %d %v tensors", len(v.sequence.elements), v.DataType)
	case v.none:
		return "empty optional"
	case v.Node == nil:
		return "absent"
	}
	return describe(v.DataType, v.Node.Shape())
}

func describe(t DataType, shape []int) string {
	s := fmt.Sprint(shape)
	if name, ok := onnxpb.TensorProto_DataType_name[int32(t)]; ok {
		return name + s
	}
	return fmt.Sprintf("type %d%s", t, s)
}

// whole converts an element to an int. Exporters write the greatest int64 for "to the end", which no double holds:
// everything beyond ±2⁶² becomes that.
func whole(x float64) int {
	const limit = 1 << 62
	switch {
	case math.IsNaN(x):
		return 0
	case x >= limit:
		return limit
	case x <= -limit:
		return -limit
	}
	return int(x)
}
