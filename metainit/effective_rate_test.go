package metainit

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"onnx-metainit/autodiff/lower"
	"onnx-metainit/onnxio"
)

// TestEffectiveRates: in a race every candidate gives scale-invariant weights far from He's norms these, the model as it is to no
// other; those that are near keep theirs, and those of the fan-out.
func TestEffectiveRates(t *testing.T) {
	const model = "../testdata/reference/resnet_bn/model.onnx"
	opt := Options{BatchNorm: lower.BatchNormBatch, Batch: 8}
	for _, c := range []struct {
		of       float64
		byFanOut bool
		want     float64
	}{{0.05, false, 20}, {0.4, false, 1}, {2.5, false, 1}, {20, false, 0.05}, {1, true, 1}} {
		p := openProblem(t, model, opt)
		of, want, products := c.of, c.want, p.multiplications()
		var scale []onnxio.Scaling
		for j, he := range p.byFormula(He) {
			if par := p.counted[j]; par.Role == RoleScaleInvariant {
				if m := products[par.node][0]; c.byFanOut {
					he *= math.Sqrt(float64(m.FanIn) / float64(m.FanOut))
				}
				scale = append(scale, onnxio.Scaling{Tensor: par.Tensor, Factor: he * of})
			}
		}
		path := filepath.Join(t.TempDir(), "model.onnx")
		if _, err := p.model.Save(path, scale, "k", nil); err != nil {
			t.Fatal(err)
		}
		p = openProblem(t, path, opt)
		race, err := p.Race(context.Background(), RaceOptions{Candidates: []Candidate{Keep, LSUV, Paper}, BatchNorm: lower.BatchNormBatch, Contest: ContestOptions{Steps: 2}, Tune: TuneOptions{Steps: 1}})
		if err != nil {
			t.Fatal(err)
		}
		set := 0
		for _, par := range p.rescaled() {
			keep, lsuv := race.Contestants[0].Factors[par.Name], race.Contestants[1].Factors[par.Name]
			if par.Role != RoleScaleInvariant {
				near(t, par.Name+" as it is", keep, 1, 0)
				continue
			}
			set++
			near(t, par.Name, keep, want, 1e-6)
			near(t, par.Name+" of lsuv", lsuv, keep, 0)
		}
		if set != len(scale) || set == 0 || (race.RatesSet == set) != (want != 1) {
			t.Errorf("%v times He's norms: of %d weights %d are given others", of, set, race.RatesSet)
		}
	}
}
