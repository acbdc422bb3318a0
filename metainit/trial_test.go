package metainit

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

// TestTrialsOfPyTorch compares the losses of trainings with PyTorch's (testdata/exporters/torch_trials.py): of both
// optimizers, from the weights of the file and from others, one after the other in one program.
func TestTrialsOfPyTorch(t *testing.T) {
	for _, name := range []string{"mlp", "lenet"} {
		r := loadReference(t, filepath.Join("../testdata/reference", name))
		text, err := os.ReadFile(filepath.Join(r.dir, "trials.json"))
		if err != nil {
			t.Fatal(err)
		}
		var want map[string][]float64
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		p := r.problem(t, autodiff.Float64)
		m, err := newMaker(p)
		if err != nil {
			t.Fatal(err)
		}
		for optimizer, rate := range map[Optimizer]float64{SGD: 0.1, Adam: 0.003} {
			trainer, err := p.newTrainer(optimizer)
			if err != nil {
				t.Fatal(err)
			}
			if err := trainer.start(); err != nil {
				t.Fatal(err)
			}
			defer trainer.close()
			trainer.rate = rate
			for _, factor := range []float64{3, 1, 3} {
				factors := make([]float64, len(p.counted))
				for j, par := range p.counted {
					if factors[j] = 1; par.rescaled() {
						factors[j] = factor
					}
				}
				trial, err := trainer.train(context.Background(), factors, m.tasks(0)[0], 10, func(*Trial) bool { return false })
				if err != nil {
					t.Fatal(err)
				}
				for i, loss := range want[fmt.Sprintf("%s %v", optimizer, factor)] {
					near(t, fmt.Sprintf("%s, %s, weights times %v: loss of step %d", name, optimizer, factor, i), trial.Losses[i], loss, 1e-10)
				}
			}
		}
	}
}

// TestTrialsAreCheap: a step takes three products for each one of the loss, and no more memory than a step of the quotient.
func TestTrialsAreCheap(t *testing.T) {
	for _, r := range references(t) {
		p := r.problem(t, autodiff.Float32)
		trainer, err := p.newTrainer(SGD)
		if err != nil {
			t.Fatal(err)
		}
		defer trainer.close()
		plan, err := p.Plan()
		if err != nil {
			t.Fatal(err)
		}
		if ratio := float64(trainer.prog.MultiplyAdds()) / float64(plan.ForwardMultiplyAdds); ratio > 3.3 {
			t.Errorf("%s: %.2f forward passes", r.name, ratio)
		}
		if most := plan.MemoryBytes * 6 / 5; trainer.prog.Memory() > most && trainer.prog.Memory() > 1<<20 {
			t.Errorf("%s: %d bytes, a step of the quotient takes %d", r.name, trainer.prog.Memory(), plan.MemoryBytes)
		}
	}
}

// TestRaceIsDeterministic: the same losses for any number of threads.
func TestRaceIsDeterministic(t *testing.T) {
	var first *Race
	for _, threads := range []int{1, 2, 3} {
		m, err := onnxio.Open("../testdata/models/conv1d/model.onnx")
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		p, err := New(m, Options{Threads: threads, Seed: 7})
		if err != nil {
			t.Fatal(err)
		}
		race, err := p.Race(context.Background(), RaceOptions{Candidates: []Candidate{Keep, He, LSUV}})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = race
		}
		for i, who := range race.Contestants {
			if !reflect.DeepEqual(who.Trials, first.Contestants[i].Trials) || !reflect.DeepEqual(who.Factors, first.Contestants[i].Factors) {
				t.Errorf("%d threads: %s fares otherwise", threads, who.Name)
			}
		}
	}
}

// TestRaceOfTypes: a race of weights of float16, bfloat16 and float64 is that of the same weights in float32.
func TestRaceOfTypes(t *testing.T) {
	var races []*Race
	for _, model := range []*onnxpb.ModelProto{mixed(float16Type, bfloat16Type, float64Type, float32Type), mixed(float32Type, float32Type, float32Type, float32Type)} {
		p, err := New(decoded(t, model.Graph), Options{Loss: LossMSE})
		if err != nil {
			t.Fatal(err)
		}
		race, err := p.Race(context.Background(), RaceOptions{})
		if err != nil {
			t.Fatal(err)
		}
		races = append(races, race)
	}
	for i, who := range races[0].Contestants {
		if other := races[1].Contestants[i]; who.Out != "" || !reflect.DeepEqual(who.Trials, other.Trials) {
			t.Errorf("%s (%s) makes progress %v, in float32 %v", who.Name, who.Out, who.Progress, other.Progress)
		}
	}
}

// TestEarlyEnd: a trial whose task is learned ends there, and counts what all steps would.
func TestEarlyEnd(t *testing.T) {
	p := openProblem(t, "../testdata/reference/lenet/model.onnx", Options{})
	var trials []*Trial
	for _, steps := range []int{0, trialSteps} {
		race, err := p.Race(context.Background(), RaceOptions{Candidates: []Candidate{Keep, He}, Contest: ContestOptions{Steps: steps, Optimizer: SGD}})
		if err != nil {
			t.Fatal(err)
		}
		trials = append(trials, race.Contestants[1].Trials[0])
	}
	early, all := trials[0], trials[1]
	if len(early.Losses) >= len(all.Losses) || len(all.Losses) != trialSteps || !reflect.DeepEqual(early.Losses, all.Losses[:len(early.Losses)]) {
		t.Errorf("%d steps, %d if all are asked for", len(early.Losses), len(all.Losses))
	}
	near(t, "progress", early.Progress, all.Progress, 0.005)
}

// TestProgress: from 0, where nothing is learned, to log(11), and a number for losses and bases below 0 too.
func TestProgress(t *testing.T) {
	for _, c := range []struct {
		base float64
		loss float64
		want float64
	}{
		{2, 2, 0}, {2, 3, 0}, {2, 0, math.Log(11)}, {2, -5, math.Log(11)}, {2, noLoss, 0}, {2, 0.9, math.Log(1.1 / 0.55)},
		{-3, -3, 0}, {-3, -3.45, math.Log(1.1 / 0.65)}, {-3, -10, math.Log(11)}, {0, 0, 0}, {0, -1, math.Log(11)},
	} {
		if got := progress(c.base, []float64{c.loss, c.loss}); !(math.Abs(got-c.want) < 1e-9) {
			t.Errorf("from %v to %v: %v, want %v", c.base, c.loss, got, c.want)
		}
	}
}
