package metainit

import (
	"context"
	"math/rand/v2"
	"testing"
)

// TestSettled: where the model as it is learns nearly all, by both optimizers, the others are not tried, and what is decided is what
// is decided with them.
func TestSettled(t *testing.T) {
	x, y := &Array{Shape: []int{64, 1, 8, 8}}, &Array{Shape: []int{64}, Integer: true}
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range 64 {
		for k := range 64 {
			v := rng.NormFloat64()
			if k/6 == i%10 {
				v += 20
			}
			x.Data = append(x.Data, v)
		}
		y.Data = append(y.Data, float64(i%10))
	}
	easy, err := NewDataset(map[string]*Array{"input": x, OnlyTarget: y})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data      *Dataset
		optimizer Optimizer
		steps     int
		settled   bool
	}{
		"easy":             {easy, "", 200, true},
		"by one optimizer": {easy, Adam, 200, true},
		"not yet":          {easy, "", 10, false},
		"nearly":           {easy, "", 45, false},
		"noise":            {nil, "", 0, false},
	} {
		for _, threads := range []int{1, 4} { // the candidates one after the other, or at once
			p := openProblem(t, "../testdata/reference/mlp/model.onnx", Options{Data: c.data, Batch: 16, Threads: threads})
			opt := RaceOptions{Contest: ContestOptions{Steps: c.steps, Optimizer: c.optimizer}}
			whole, err := p.Race(context.Background(), opt)
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.Initialize(context.Background(), opt)
			if err != nil {
				t.Fatal(err)
			}
			race := got.Race
			if whole.Settled || race.Settled != c.settled || race.Winner != whole.Winner {
				t.Errorf("%s: settled %v, %s wins, with all candidates %s; progress %v", name, race.Settled, race.Winner, whole.Winner, race.Contestants[0].Progress)
			}
			for i, who := range race.Contestants {
				if out := c.settled && i > 0 && (threads == 1 || who.Name == string(MetaInit)); (who.Out != "") != out {
					t.Errorf("%s: %s is out: %q", name, who.Name, who.Out)
				}
				if other := whole.Contestants[i]; who.Out == "" && !who.behind && who.Progress != other.Progress {
					t.Errorf("%s: %s makes progress %v, with all candidates %v", name, who.Name, who.Progress, other.Progress)
				}
			}
		}
	}
}
