package metainit

import (
	"context"
	"math"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
	"onnx-metainit/onnxio/onnxtest"
)

// TestFactorsOfNarrowWeights: what a file of weights in a narrower type cannot hold is known before the steps, and none of them
// leads there.
func TestFactorsOfNarrowWeights(t *testing.T) {
	w, v := []float32{60000.3, 1, -2, 5}, []float32{3, 1, 4, -1}
	model := decoded(t, &onnxpb.GraphProto{
		Name:   proto.String("g"),
		Input:  []*onnxpb.ValueInfoProto{onnxtest.Info("x", float32Type, "n", 2)},
		Output: []*onnxpb.ValueInfoProto{onnxtest.Info("y", float32Type, "n", 2)},
		Initializer: []*onnxpb.TensorProto{onnxtest.Tensor("w", float32Type, w, 2, 2), onnxtest.Tensor("v", float32Type, v, 2, 2),
			onnxtest.Tensor("small", float32Type, []float32{1e-6})},
		Node: []*onnxpb.NodeProto{onnxtest.Node("Mul", "x,small", "s"), onnxtest.Node("MatMul", "s,w", "h"), onnxtest.Node("Tanh", "h", "a"), onnxtest.Node("MatMul", "a,v", "y")},
	})
	problem := func(dtype string) (*Problem, *onnxio.Model, *Transfer) {
		p, err := New(model, Options{Loss: LossMSE})
		if err != nil {
			t.Fatal(err)
		}
		m := openStored(t, weightsIn{"net.w", dtype, []int64{2, 2}, w}, weightsIn{"net.v", dtype, []int64{2, 2}, v})
		transfer, err := p.TransferTo(m)
		if err != nil {
			t.Fatal(err)
		}
		return p, m, transfer
	}
	const want = `the factor of "w" is `
	wide, _, _ := problem("F32")
	if _, err := wide.Initialize(context.Background(), RaceOptions{Candidates: []Candidate{LSUV}}); err != nil {
		t.Errorf("float32: %v", err)
	}
	p, m, transfer := problem("F16")
	if most := p.counted[0].mostFactor(); !(most > 1.09 && most < 65504/60000.) {
		t.Errorf("the greatest factor is %v", most)
	}
	_, err := p.Initialize(context.Background(), RaceOptions{Candidates: []Candidate{LSUV}})
	if err == nil || !strings.Contains(err.Error(), want) ||
		!strings.Contains(err.Error(), `and tensor "net.w" of `+m.Path+", of type float16, holds its elements times 1.09") {
		t.Errorf("error %v", err)
	}
	race, err := p.Race(context.Background(), RaceOptions{Candidates: []Candidate{Keep, LSUV}, Contest: ContestOptions{Steps: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if c := race.Contestants[1]; !strings.Contains(c.Out, want) || len(c.Trials) > 0 {
		t.Errorf("out: %q, after %d trials", c.Out, len(c.Trials))
	}
	for _, paper := range []bool{false, true} {
		r, err := p.Tune(context.Background(), TuneOptions{Paper: paper, Steps: 30, Rate: map[bool]float64{false: 0.1, true: 1000}[paper]})
		if err != nil {
			t.Fatal(err)
		}
		scalings, _, err := transfer.Scalings(r.Factors(), m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Try(scalings); err != nil || math.Abs(r.Factors()["w"]) == 1 {
			t.Errorf("paper %v: by %v: %v", paper, r.Factors(), err)
		}
	}
}
