package metainit

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio/onnxpb"
	"onnx-metainit/onnxio/onnxtest"
)

// TestOpsetWarning: operators of a set that is not known yet are taken for the newest known ones, and those of a set that
// runtimes do not promise to run are read all the same, which is said.
func TestOpsetWarning(t *testing.T) {
	for opset, want := range map[int64]string{6: "opset 6, older than 7", 7: "", 17: "", 28: "", 29: "opset 29"} {
		m := decoded(t, &onnxpb.GraphProto{
			Name:        proto.String("g"),
			Input:       []*onnxpb.ValueInfoProto{onnxtest.Info("x", float32Type, "n", 2)},
			Output:      []*onnxpb.ValueInfoProto{onnxtest.Info("y", float32Type, "n", 2)},
			Initializer: []*onnxpb.TensorProto{square("w", 1)},
			Node:        []*onnxpb.NodeProto{onnxtest.Node("MatMul", "x,w", "y")},
		})
		m.Proto.OpsetImport = []*onnxpb.OperatorSetIdProto{{Version: proto.Int64(opset)}}
		p, err := New(m, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(p.Warnings(), "\n"); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("opset %d: %q", opset, got)
		}
	}
}
