package metainit

import (
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
	"onnx-metainit/onnxio/onnxtest"
)

// TestInputTypes feeds inputs of each type that can be computed with, and data of the wrong kind.
func TestInputTypes(t *testing.T) {
	model := func(dataType onnxio.DataType) *onnxpb.GraphProto {
		return &onnxpb.GraphProto{
			Name:        proto.String("g"),
			Input:       []*onnxpb.ValueInfoProto{onnxtest.Info("x", dataType, "n", 2), onnxtest.Info("unused", float32Type, "n")},
			Output:      []*onnxpb.ValueInfoProto{onnxtest.Info("y", float32Type, "n", 2), onnxtest.Info("ids", int64Type, "n")},
			Initializer: []*onnxpb.TensorProto{onnxtest.Tensor("w", float32Type, []float32{1, 2, 3, 4}, 2, 2)},
			Node:        []*onnxpb.NodeProto{onnxtest.Cast("x", "f", float32Type), onnxtest.Node("MatMul", "f,w", "y"), onnxtest.Node("ArgMax", "y", "ids")},
		}
	}
	ones := &Array{Shape: []int{1, 2}, Data: []float64{1, 1}}
	for _, dataType := range []onnxio.DataType{
		float32Type, float64Type, float16Type, bfloat16Type, int64Type, onnxio.Int32, onnxio.Int16, onnxio.Int8,
		onnxio.Uint64, onnxio.Uint32, onnxio.Uint16, onnxio.Uint8, onnxio.Bool,
	} {
		p, err := New(decoded(t, model(dataType)), Options{Inputs: map[string]*Array{"x": ones}})
		if err != nil {
			t.Errorf("%v: %v", dataType, err)
			continue
		}
		if y, err := p.Forward(); err != nil || !reflect.DeepEqual(y.Data, []float64{4, 6}) {
			t.Errorf("%v: %v, %v", dataType, y, err)
		}
	}
	for _, c := range []struct {
		dataType onnxio.DataType
		value    float64
		want     string
	}{
		{int64Type, 0.5, `input "x" holds whole numbers, but element 1 of the data is 0.5`},
		{onnxio.Bool, 2, `input "x" holds elements from 0 to 1, but element 1 of the data is 2`},
		{onnxio.Uint8, 256, `input "x" holds elements from 0 to 255, but element 1 of the data is 256`},
		{onnxio.Int8, -129, `input "x" holds elements from -128 to 127, but element 1 of the data is -129`},
		{onnxio.Int32, 1 << 31, `input "x" holds elements from -2147483648 to 2147483647`},
		{onnxio.Uint64, -1, `input "x" holds elements from 0 to `},
		{float16Type, 65520, `input "x" holds elements from -65504 to 65504, but element 1 of the data is 65520`},
		{onnxio.String, 1, `input "x": elements of type STRING cannot be computed with`},
		{onnxio.Complex64, 1, `input "x": elements of type COMPLEX64 cannot be computed with`},
	} {
		data := &Array{Shape: []int{1, 2}, Data: []float64{1, c.value}}
		if _, err := New(decoded(t, model(c.dataType)), Options{Inputs: map[string]*Array{"x": data}}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v; want %q", c.dataType, err, c.want)
		}
	}
}
