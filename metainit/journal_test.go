package metainit

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

// journaled runs Initialize on a model of testdata with a journal, interrupted before the given call of one of the Progress functions.
func journaled(t *testing.T, model string, opt RaceOptions, before int) (record string, err error) {
	ctx, interrupt := context.WithCancel(context.Background())
	defer interrupt()
	calls := 0
	count := func() {
		if calls++; calls == before {
			interrupt()
		}
	}
	opt.Tune.Progress = func(Progress) { count() }
	opt.Contest.Progress = func(int, int, string, string) { count() }
	r, err := openProblem(t, "../testdata/"+model+"/model.onnx", Options{Threads: 2}).Initialize(ctx, opt)
	if err != nil {
		return "", err
	}
	return r.Record(), nil
}

// TestJournal: a run that was interrupted goes on with the same numbers bit for bit, wherever it was and however often; and what
// it had come to can be had.
func TestJournal(t *testing.T) {
	only := func(c Candidate) RaceOptions {
		return RaceOptions{Candidates: []Candidate{c}, Tune: TuneOptions{Steps: 25}}
	}
	for name, c := range map[string]struct {
		model  string
		opt    RaceOptions
		points []int // where it is interrupted
	}{
		"photo finish": {"reference/lenet", RaceOptions{}, []int{1, 3, 4, 9, 24, 26, 28}},
		"second task":  {"models/vgg", RaceOptions{}, []int{3, 5, 7, 20, 27}},
		"seeds":        {"models/conv1d", RaceOptions{Contest: ContestOptions{Seeds: 2, Rates: []float64{0.001, 0.003}, Steps: 10}}, []int{7, 30}},
		"steps":        {"models/deep_tanh", only(MetaInit), []int{1, 2, 12, 25}},
		"paper":        {"models/deep_tanh", only(Paper), []int{13}},
	} {
		t.Run(name, func(t *testing.T) {
			want, err := journaled(t, c.model, c.opt, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, point := range c.points {
				opt := c.opt
				opt.Journal = new(Journal)
				for _, before := range []int{point, 2, 0} { // interrupted twice, the second time soon
					got, err := journaled(t, c.model, opt, before)
					text, failed := json.Marshal(opt.Journal)
					if failed != nil {
						t.Fatal(failed)
					}
					opt.Journal = new(Journal)
					if failed := json.Unmarshal(text, opt.Journal); failed != nil {
						t.Fatal(failed)
					}
					switch {
					case before == point && !errors.Is(err, context.Canceled):
						t.Fatalf("at %d: %v", point, err)
					case before == 0 && err != nil, err != nil && !errors.Is(err, context.Canceled):
						t.Fatal(err)
					case err == nil && got != want:
						t.Fatalf("interrupted at %d: \n%s\nwant\n%s", point, got, want)
					}
				}
			}
		})
	}
}

// TestFinish: the best of what a run had come to is what it would have written if it had ended then; without the model as it is
// there is none. A journal is of one run.
func TestFinish(t *testing.T) {
	opt := RaceOptions{Journal: new(Journal), Candidates: []Candidate{Keep, He, LSUV, MetaInit}}
	p := openProblem(t, "../testdata/reference/plain/model.onnx", Options{})
	ctx, interrupt := context.WithCancel(context.Background())
	opt.Contest.Progress = func(_, _ int, contestant, _ string) {
		if contestant == string(LSUV) {
			interrupt()
		}
	}
	if _, err := p.Initialize(ctx, opt); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	opt.Contest.Progress, opt.Finish = nil, true
	r, err := p.Initialize(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	two, err := p.Initialize(context.Background(), RaceOptions{Candidates: []Candidate{Keep, He}})
	if err != nil {
		t.Fatal(err)
	}
	if r.Race.Winner != He || !reflect.DeepEqual(r.Factors(), two.Factors()) {
		t.Errorf("%s wins, factors %v, want %v", r.Race.Winner, r.Factors(), two.Factors())
	}
	for i, out := range []bool{false, false, true, true} {
		if who := r.Race.Contestants[i]; (who.Out != "") != out {
			t.Errorf("%s is out: %q", who.Name, who.Out)
		}
	}
	opt.Journal = new(Journal)
	if _, err := p.Initialize(context.Background(), opt); err == nil || !strings.Contains(err.Error(), "the model as it is takes no part") {
		t.Errorf("of an empty journal: %v", err)
	}
	opt.Journal, opt.Candidates = new(Journal), []Candidate{MetaInit}
	if _, err := p.Initialize(context.Background(), opt); err == nil || !strings.Contains(err.Error(), "before its first step") {
		t.Errorf("of no step: %v", err)
	}
	opt.Tune.Steps = 3
	if _, err := p.Initialize(context.Background(), opt); err == nil || !strings.Contains(err.Error(), "of another run") {
		t.Errorf("of another run: %v", err)
	}
	for _, text := range []string{`{"trials": [{"contestant": "he"}]}`, `{"trials": 3}`} {
		if err := json.Unmarshal([]byte(text), new(Journal)); err == nil {
			t.Errorf("%s is a journal", text)
		}
	}
}
