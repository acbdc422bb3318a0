package metainit

import (
	"context"
	"errors"
	"testing"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/autodiff/lower"
	"onnx-metainit/onnxio/onnxpb"
	"onnx-metainit/onnxio/onnxtest"
)

// TestNothingBetter has a weight whose norm no step makes better: the input is the result, without what the rounding of
// the steps did to the quotient.
func TestNothingBetter(t *testing.T) {
	p, err := New(decoded(t, &onnxpb.GraphProto{
		Name:        proto.String("g"),
		Input:       []*onnxpb.ValueInfoProto{onnxtest.Info("x", float32Type, "n", 4)},
		Output:      []*onnxpb.ValueInfoProto{onnxtest.Info("y", float32Type, "n", 4)},
		Initializer: []*onnxpb.TensorProto{onnxtest.Tensor("w", float32Type, []float32{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}, 4, 4)},
		Node:        []*onnxpb.NodeProto{onnxtest.Node("MatMul", "x,w", "y")},
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

// TestUnbounded: MetaInit leaves weights alone whose norm the loss does not depend on. Taken for others, they grow without end,
// which is an error, and puts the candidate out of a race.
func TestUnbounded(t *testing.T) {
	p := openProblem(t, "../testdata/reference/resnet_bn/model.onnx", Options{BatchNorm: lower.BatchNormBatch, Batch: 8})
	opt := TuneOptions{Steps: 60, Rate: 1.5}
	r, err := p.Tune(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	var invariant []*Parameter
	for i, par := range p.rescaled() {
		if par.Role == RoleScaleInvariant {
			invariant = append(invariant, par)
			if f := r.Tensors[i].Factor; f != 1 {
				t.Errorf("%s is scaled by %v", par.Name, f)
			}
		}
	}
	if len(invariant) == 0 {
		t.Fatal("no weight is scale-invariant")
	}
	for _, par := range invariant {
		par.Role = RoleWeight
	}
	if _, err := p.Tune(context.Background(), opt); !errors.Is(err, ErrUnbounded) {
		t.Errorf("got the error %v", err)
	}
	for _, par := range p.counted {
		if par.factor != 1 {
			t.Errorf("%s is left with a factor of %v", par.Name, par.factor)
		}
	}
}
