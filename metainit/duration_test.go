package metainit

import (
	"slices"
	"testing"
	"time"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio/onnxtest"
)

// TestSlow: on a machine that takes minutes for a step that is said, once before each kind of it and before any is made; on
// others it is not.
func TestSlow(t *testing.T) {
	for _, c := range []struct {
		perSecond float64
		race      []string
		tune      []string
	}{
		{1e3, []string{"a step of a trial", quotientStep}, []string{quotientStep}},
		{1e15, nil, nil},
	} {
		var said []string
		made := 0
		opt := Options{Batch: 2, speed: &autodiff.Speed{Products: c.perSecond, Others: c.perSecond}, Slow: func(step string, d time.Duration) {
			if said = append(said, step); d < longStep || made > 0 && step != quotientStep {
				t.Errorf("%s takes %v, said after %d trials", step, d, made)
			}
		}}
		p := openProblem(t, "../testdata/reference/mlp/model.onnx", opt)
		race := RaceOptions{Contest: ContestOptions{Steps: 1, Progress: func(int, int, string, string) { made++ }}, Tune: TuneOptions{Steps: 1}}
		if _, err := p.Initialize(t.Context(), race); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(said, c.race) {
			t.Errorf("of a run: %q, want %q", said, c.race)
		}
		for _, paper := range []bool{false, true} {
			said, made = nil, 0
			tune := TuneOptions{Steps: 1, Paper: paper, Progress: func(Progress) {
				if len(said) != len(c.tune) {
					t.Errorf("before the first step: %q", said)
				}
			}}
			if _, err := p.Tune(t.Context(), tune); err != nil || !slices.Equal(said, c.tune) {
				t.Errorf("of steps: %q, want %q (%v)", said, c.tune, err)
			}
		}
		said = nil
		m, err := p.Measure()
		if err != nil || !slices.Equal(said, c.tune) || (m.Plan.Seconds > 60) != (c.tune != nil) {
			t.Errorf("of a measurement: %q, want %q; %v seconds (%v)", said, c.tune, m.Plan.Seconds, err)
		}
	}
}

// TestLongStep: that a step takes hours is known of a model of that size without making it, and no machine does as much in a
// minute.
func TestLongStep(t *testing.T) {
	g := layers(4, 64)
	g.Input[0], g.Output[0] = onnxtest.Info("y0", float32Type, "n", 64), onnxtest.Info("y4", float32Type, "n", 64)
	r := Inspect(decoded(t, g), Options{Batch: 1 << 34})
	if r.Plan == nil || r.Plan.Seconds < 600 {
		t.Errorf("%+v, %s", r.Plan, r.PlanProblem)
	}
	if r := Inspect(decoded(t, layers(4, 64)), Options{}); r.Plan == nil || r.Plan.Seconds != 0 {
		t.Errorf("a small model: %+v, %s", r.Plan, r.PlanProblem)
	}
}
