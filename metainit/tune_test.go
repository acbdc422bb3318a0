package metainit

import (
	"context"
	"testing"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio/onnxpb"
)

// TestNothingBetter has a weight whose norm no step makes better: the input is the result, without what the rounding of
// the steps did to the quotient.
func TestNothingBetter(t *testing.T) {
	p, err := New(decoded(t, &onnxpb.GraphProto{
		Name:        proto.String("g"),
		Input:       []*onnxpb.ValueInfoProto{port("x", float32Type, "n", 4)},
		Output:      []*onnxpb.ValueInfoProto{port("y", float32Type, "n", 4)},
		Initializer: []*onnxpb.TensorProto{initializer("w", float32Type, []float32{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}, 4, 4)},
		Node:        []*onnxpb.NodeProto{node("MatMul", "x w", "y")},
	}), Options{Loss: LossCrossEntropy})
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Tune(context.Background(), TuneOptions{Steps: 10})
	if err != nil {
		t.Fatal(err)
	}
	if r.Improved || r.BestStep != 0 || r.LGQAfter != r.LGQBefore || r.GQAfter != r.GQBefore || r.Tensors[0].Factor != 1 {
		t.Errorf("%+v", r)
	}
}
