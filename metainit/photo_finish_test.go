package metainit

import (
	"context"
	"slices"
	"testing"
)

// TestPhotoFinish: where no clear win parts the leaders, they and the model as it is are trained by the second optimizer too, the
// means count, and nobody else can win; where one does, or the task was changed, or an optimizer or a rate is given, nobody is.
func TestPhotoFinish(t *testing.T) {
	p := openProblem(t, "../testdata/reference/mlp/model.onnx", Options{})
	race := func(opt ContestOptions) *Race {
		r, err := p.Race(context.Background(), RaceOptions{Candidates: []Candidate{Keep, He, LSUV, Glorot}, Contest: opt})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	first := race(ContestOptions{Optimizer: Adam})
	close := first.best().Progress < clearWin*first.second(first.best()).Progress
	r := race(ContestOptions{})
	if !close || r.Second != SGD {
		t.Fatalf("close: %v, and then %q", close, r.Second)
	}
	if names := r.Finalists(); !slices.Equal(names, []string{"keep", "he", "lsuv"}) {
		t.Errorf("the finalists are %v", names)
	}
	for i, who := range r.Contestants {
		adam := first.Contestants[i].Progress
		leads := adam*clearWin > first.best().Progress
		if who.behind != (!leads && i > 0) {
			t.Errorf("%s: progress %v, behind: %v", who.Name, adam, who.behind)
		}
		if who.behind {
			near(t, who.Name, who.Progress, adam, 0)
			continue
		}
		if len(who.Trials) != 2 || who.Trials[1].Optimizer != SGD {
			t.Fatalf("%s: %d trials", who.Name, len(who.Trials))
		}
		near(t, who.Name, who.Progress, (adam+who.Trials[1].Progress)/2, 1e-12)
	}
	for _, who := range r.Contestants {
		if who.behind = true; who.Progress > 0 {
			who.Progress += 10
		}
	}
	if best := r.best(); best != r.Contestants[0] {
		t.Errorf("%s wins from behind", best.Name)
	}
	for _, opt := range []ContestOptions{{Optimizer: Adam}, {Rates: []float64{0.001}}} {
		if r := race(opt); r.Second != "" {
			t.Errorf("%+v: %s too", opt, r.Second)
		}
	}
	for model, why := range map[string]string{"reference/plain": "a clear win", "models/causal_lm": "another task"} {
		p = openProblem(t, "../testdata/"+model+"/model.onnx", Options{})
		if r := race(ContestOptions{}); r.Second != "" || r.best().Progress < learned {
			t.Errorf("%s: photo finish after %s", model, why)
		}
	}
}
