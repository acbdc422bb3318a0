package metainit

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
)

// TestUnderway: where nobody learns the first task, trials of the second one are as long as the first of them needs to get under
// way, and as they would be if that had been known.
func TestUnderway(t *testing.T) {
	for name, steps := range map[string]int{"vgg": trialSteps, "causal_lm": mostSteps} {
		p := openProblem(t, filepath.Join("../testdata/models", name, "model.onnx"), Options{})
		race := func(opt ContestOptions) *Race {
			r, err := p.Race(context.Background(), RaceOptions{Candidates: []Candidate{Keep, He, LSUV}, Contest: opt})
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		got := race(ContestOptions{})
		if !got.late || got.Steps != steps {
			t.Fatalf("%s: late %v, %d steps, want %d", name, got.late, got.Steps, steps)
		}
		want := race(ContestOptions{Tasks: []string{TaskMemorizing}, Steps: steps})
		for i, who := range got.Contestants {
			a, b := who.Trials[0], want.Contestants[i].Trials[0]
			if len(who.Trials) != 1 || a.Progress != b.Progress || !slices.Equal(a.Losses, b.Losses) || who.Progress != a.Progress {
				t.Errorf("%s: %s makes progress %v in %d steps, want %v in %d", name, who.Name, who.Progress, len(a.Losses), b.Progress, len(b.Losses))
			}
		}
	}
}
