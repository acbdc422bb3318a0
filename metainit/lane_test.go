package metainit

import (
	"context"
	"reflect"
	"testing"
)

// TestLanes: trials that are made at once come to what they do one after the other, on noise and on samples. Where the first
// trial tells the base they are not made at once, nor are those of large models.
func TestLanes(t *testing.T) {
	one := sampleData(t)
	for i := range one.arrays[OnlyTarget].Data {
		one.arrays[OnlyTarget].Data[i] = 1
	}
	for name, c := range map[string]struct {
		model string
		data  *Dataset
		lanes int
	}{
		"noise":        {"mlp", nil, 4},
		"samples":      {"mlp", sampleData(t), 4},
		"one class":    {"mlp", one, 1},
		"larger model": {"plain", nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			contest := func(threads int) *Contest {
				opt := ContestOptions{Steps: 8, Seeds: 2, Rates: []float64{0.001, 0.01}}
				if c.model == "plain" {
					opt = ContestOptions{Steps: 1}
				}
				p := openProblem(t, "../testdata/reference/"+c.model+"/model.onnx", Options{Threads: threads, Batch: 16, Data: c.data, TestData: c.data})
				r, err := p.Race(context.Background(), RaceOptions{Candidates: []Candidate{Keep, He, Orthogonal}, Contest: opt})
				if err != nil {
					t.Fatal(err)
				}
				return r.Contest
			}
			want, got := contest(1), contest(4)
			if len(want.lanes) != 1 || len(got.lanes) != c.lanes {
				t.Errorf("%d lanes on one thread, %d on four, want %d", len(want.lanes), len(got.lanes), c.lanes)
			}
			for i, who := range want.Contestants {
				if other := got.Contestants[i]; len(who.Trials) == 0 || !reflect.DeepEqual(who.Trials, other.Trials) || who.Progress != other.Progress || who.Rate != other.Rate {
					t.Errorf("%s: progress %v with the rate %v, alone %v with %v", who.Name, other.Progress, other.Rate, who.Progress, who.Rate)
				}
			}
		})
	}
}
