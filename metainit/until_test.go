package metainit

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"onnx-metainit/onnxio"
)

// TestUntil: whatever takes long ends with the context's error, at any moment, and the problem can be used again.
func TestUntil(t *testing.T) {
	data, err := os.ReadFile("../testdata/reference/lstm/model.onnx")
	if err != nil {
		t.Fatal(err)
	}
	m, err := onnxio.Decode("lstm", data)
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(m, Options{Batch: 2})
	if err != nil {
		t.Fatal(err)
	}
	long := TuneOptions{Steps: 1 << 20}
	for name, do := range map[string]func(context.Context) error{
		"tune": func(ctx context.Context) error { _, err := p.Tune(ctx, long); return err },
		"paper": func(ctx context.Context) error {
			_, err := p.Tune(ctx, TuneOptions{Steps: 1 << 20, Paper: true})
			return err
		},
		"race": func(ctx context.Context) error { _, err := p.Race(ctx, RaceOptions{Tune: long}); return err },
		"initialize": func(ctx context.Context) error {
			_, err := p.Initialize(ctx, RaceOptions{Candidates: []Candidate{He, LSUV, MetaInit}, Tune: long})
			return err
		},
		"compare": func(ctx context.Context) error {
			_, err := p.Compare(ctx, "a", []NamedModel{{"b", m}}, RaceOptions{Contest: ContestOptions{Steps: 1 << 20}})
			return err
		},
		"measure": func(ctx context.Context) error {
			defer p.Until(p.Until(ctx))
			for {
				if _, err := p.Measure(); err != nil {
					return err
				}
			}
		},
	} {
		for _, wait := range []time.Duration{0, time.Millisecond, 5 * time.Millisecond, 30 * time.Millisecond} {
			ctx, cancel := context.WithTimeout(context.Background(), wait)
			if err := do(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s for %v: %v", name, wait, err)
			}
			cancel()
		}
	}
	if _, err := p.Measure(); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
