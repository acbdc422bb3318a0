package metainit

import (
	"context"
	"math/rand/v2"
	"testing"
)

// TestSettled: where the model as it is learns nearly all, by both optimizers, the others are not tried, and what is decided is what
// is decided with them.
func TestSettled(t *testing.T) {
	samples := func(n int) *Dataset {
		x, y := &Array{Shape: []int{n, 1, 8, 8}}, &Array{Shape: []int{n}, Integer: true}
		rng := rand.New(rand.NewPCG(1, 1))
		for i := range n {
			for k := range 64 {
				v := rng.NormFloat64()
				if k/6 == i%10 {
					v += 20
				}
				x.Data = append(x.Data, v)
			}
			y.Data = append(y.Data, float64(i%10))
		}
		d, err := NewDataset(map[string]*Array{"input": x, OnlyTarget: y})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	easy, many := samples(64), samples(8192)
	for name, c := range map[string]struct {
		data      *Dataset
		batch     int
		optimizer Optimizer
		steps     int
		settled   bool
		untried   int
	}{
		"easy":             {easy, 16, "", 200, true, 1},
		"by one optimizer": {easy, 16, Adam, 200, true, 1},
		"large steps":      {many, 8192, "", 60, true, 3},
		"not yet":          {easy, 16, "", 10, false, 0},
		"nearly":           {easy, 16, "", 45, false, 0},
		"noise":            {nil, 16, "", 0, false, 0},
	} {
		record := ""
		for _, threads := range []int{1, 4} { // the candidates one after the other, or at once
			p := openProblem(t, "../testdata/reference/mlp/model.onnx", Options{Data: c.data, Batch: c.batch, Threads: threads})
			opt := RaceOptions{Contest: ContestOptions{Steps: c.steps, Optimizer: c.optimizer}}
			whole, err := p.Race(context.Background(), opt)
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.Initialize(context.Background(), opt)
			if err != nil {
				t.Fatal(err)
			}
			if record == "" {
				record = got.Record()
			} else if other := got.Record(); other != record {
				t.Errorf("%s: on %d threads the record is %s, on one %s", name, threads, other, record)
			}
			race := got.Race
			if whole.Settled || race.Settled != c.settled || race.Winner != whole.Winner {
				t.Errorf("%s: settled %v, %s wins, with all candidates %s; progress %v", name, race.Settled, race.Winner, whole.Winner, race.Contestants[0].Progress)
			}
			for i, who := range race.Contestants {
				if out := i >= len(race.Contestants)-c.untried; (who.Out != "") != out {
					t.Errorf("%s: %s is out: %q", name, who.Name, who.Out)
				}
				if other := whole.Contestants[i]; who.Out == "" && !who.behind && who.Progress != other.Progress {
					t.Errorf("%s: %s makes progress %v, with all candidates %v", name, who.Name, who.Progress, other.Progress)
				}
			}
		}
	}
}
