package metainit

import (
	"math"
	"path/filepath"
	"testing"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
)

// caseProblem returns the problem of a model of testdata/cases in float64.
func caseProblem(t *testing.T, name string, opt Options) *Problem {
	t.Helper()
	m, err := onnxio.Open(filepath.Join("../testdata/cases", name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	opt.Precision = autodiff.Float64
	p, err := New(m, opt)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestPortionsOfLosses: the sum of several losses, and one that leaves labels out, in portions of the batch.
func TestPortionsOfLosses(t *testing.T) {
	read := func(name string) *Array { return readArray(t, filepath.Join("../testdata/cases", name)) }
	masks := "targets_as_frameworks_have_them/"
	for name, p := range map[string]*Problem{
		"heads": caseProblem(t, "several_losses/three.onnx", Options{Outputs: []string{"logits", "value", "boxes"}}),
		"masks": caseProblem(t, masks+"segmentation.onnx", Options{
			Inputs: map[string]*Array{"": read(masks + "image.npy")}, Targets: map[string]*Array{"": read(masks + "mask.npy")},
		}),
	} {
		t.Run(name, func(t *testing.T) {
			whole, err := p.Measure()
			if err != nil {
				t.Fatal(err)
			}
			before := p.loss
			if len(p.losses) > 1 {
				p.loss = mean(byRow(p.losses), 1, 2)
			} else {
				p.loss = mean(p.losses[0].terms, p.losses[0].count, 2)
			}
			if p.loss == before {
				t.Fatal("it is not cut")
			}
			cut, err := p.Measure()
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range [][2]float64{{whole.Loss, cut.Loss}, {whole.GQ, cut.GQ}, {whole.LGQ, cut.LGQ}} {
				if math.Abs(v[0]-v[1]) > 1e-9*math.Abs(v[0]) {
					t.Errorf("%v as a whole, %v in portions", v[0], v[1])
				}
			}
			if whole.NumParameters != cut.NumParameters {
				t.Errorf("%d parameters as a whole, %d in portions", whole.NumParameters, cut.NumParameters)
			}
		})
	}
}

// TestLossesByOutput: what is given for outputs must fit those that are chosen.
func TestLossesByOutput(t *testing.T) {
	p := caseProblem(t, "several_losses/model.onnx", Options{
		Outputs: []string{"value", "pi"}, Loss: LossMSE, Losses: map[string]Loss{"pi": LossCrossEntropy},
	})
	got := p.Losses()
	if len(got) != 2 || got[0].Output != "value" || got[0].Kind != LossMSE || got[1].Kind != LossCrossEntropy {
		t.Errorf("losses %v", got)
	}
	if kind, _ := p.Loss(); kind != LossSum {
		t.Errorf("the loss is %s, want %s", kind, LossSum)
	}
}
