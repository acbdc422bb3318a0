package metainit

import (
	"errors"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
	"onnx-metainit/onnxio/onnxtest"
)

// TestWeightsAsInputs: a file without weights is told from one whose weights lead nowhere.
func TestWeightsAsInputs(t *testing.T) {
	g := &onnxpb.GraphProto{
		Name:   proto.String("g"),
		Input:  []*onnxpb.ValueInfoProto{onnxtest.Info("x", float32Type, "n", 2), onnxtest.Info("w", float32Type, 2, 2)},
		Output: []*onnxpb.ValueInfoProto{onnxtest.Info("y", float32Type, "n", 2)},
		Node:   []*onnxpb.NodeProto{onnxtest.Node("MatMul", "x,w", "h"), onnxtest.Node("Sign", "h", "y")},
	}
	const advice = "the file stores no weights"
	if _, err := New(decoded(t, g), Options{}); !errors.Is(err, ErrNothingToTune) || !strings.Contains(err.Error(), advice) {
		t.Errorf("weights as inputs: %v", err)
	}
	g.Input, g.Initializer = g.Input[:1], []*onnxpb.TensorProto{square("w", 1)}
	if _, err := New(decoded(t, g), Options{}); !errors.Is(err, ErrNothingToTune) || strings.Contains(err.Error(), advice) {
		t.Errorf("weights that lead nowhere: %v", err)
	}
}

// TestLiterals multiplies by an initializer and by a Constant node: both are weights, and a warning says so of the Constant
// node if PyTorch wrote the file and stored other weights as initializers.
func TestLiterals(t *testing.T) {
	for _, c := range []struct {
		producer     string
		stored, warn bool
	}{{"pytorch", true, true}, {"pytorch", false, false}, {"jax2onnx", true, false}} {
		g := &onnxpb.GraphProto{
			Name:   proto.String("g"),
			Input:  []*onnxpb.ValueInfoProto{onnxtest.Info("x", float32Type, "n", 2)},
			Output: []*onnxpb.ValueInfoProto{onnxtest.Info("y", float32Type, "n", 2)},
			Node: []*onnxpb.NodeProto{
				onnxtest.Node("Constant", "", "c", onnxtest.Attribute("value", square("", 1.2))),
				onnxtest.Node("MatMul", "x,c", "h"), onnxtest.Node("Tanh", "h", "s"), onnxtest.Node("MatMul", "s,w", "y"),
			},
		}
		if c.stored {
			g.Initializer = []*onnxpb.TensorProto{square("w", 1.1)}
		} else {
			g.Node = append([]*onnxpb.NodeProto{onnxtest.Node("Constant", "", "w", onnxtest.Attribute("value", square("", 1.1)))}, g.Node...)
		}
		raw, err := proto.Marshal(&onnxpb.ModelProto{IrVersion: proto.Int64(8), ProducerName: &c.producer,
			OpsetImport: []*onnxpb.OperatorSetIdProto{{Version: proto.Int64(17)}}, Graph: g})
		if err != nil {
			t.Fatal(err)
		}
		m, err := onnxio.Decode("model", raw)
		if err != nil {
			t.Fatal(err)
		}
		p, err := New(m, Options{Loss: LossMSE})
		if err != nil {
			t.Fatal(err)
		}
		if n := len(p.rescaled()); n != 2 {
			t.Errorf("%+v: %d weights, want 2", c, n)
		}
		if w := p.Warnings(); len(w) > 0 != c.warn || c.warn && !strings.Contains(w[0], `"c"`) {
			t.Errorf("%+v: warnings %q", c, w)
		}
	}
}
