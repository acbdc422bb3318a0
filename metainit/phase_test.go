package metainit

import (
	"context"
	"slices"
	"sync"
	"testing"

	"onnx-metainit/onnxio"
)

// TestPhases: the parts of the work are told in their order, and of every trial each step, with the losses that the trial has.
func TestPhases(t *testing.T) {
	m, err := onnxio.Open("../testdata/reference/mlp/model.onnx")
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	p, err := New(m, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var phases []string
	losses := map[string][]float64{}
	opt := RaceOptions{
		Phase: func(name string) { phases = append(phases, name) },
		Contest: ContestOptions{
			Steps: 5, Optimizer: Adam, Tasks: []string{TaskMeans},
			Step: func(done, total int, contestant, task string, step, steps int, loss float64) {
				mu.Lock()
				defer mu.Unlock()
				losses[contestant] = append(losses[contestant], loss)
				if step != len(losses[contestant]) || steps != 5 || total != 4 || task != TaskMeans {
					t.Errorf("%s, %s: step %d of %d after %d", contestant, task, step, steps, len(losses[contestant])-1)
				}
			},
		},
	}
	r, err := p.Initialize(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"checking the gradient", "making candidates", "tuning", "judging"}; !slices.Equal(phases, want) {
		t.Errorf("the phases are %q, want %q", phases, want)
	}
	for _, who := range r.Race.Contestants {
		if len(who.Trials) != 1 || !slices.Equal(losses[who.Name], who.Trials[0].Losses) {
			t.Errorf("%s: the losses told are %v, not those of its trial", who.Name, losses[who.Name])
		}
	}
}
