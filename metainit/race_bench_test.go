package metainit

import (
	"context"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkRace is what a default run takes, and its ratio to 200 steps of MetaInit in the same run.
func BenchmarkRace(b *testing.B) {
	for _, name := range []string{"reference/lenet", "reference/transformer", "models/vgg", "models/mobilenet", "models/causal_lm", "models/unet"} {
		b.Run(filepath.Base(name), func(b *testing.B) {
			timed := func(opt RaceOptions) float64 {
				p := openProblem(b, filepath.Join("../testdata", name, "model.onnx"), Options{})
				start := time.Now()
				if _, err := p.Initialize(context.Background(), opt); err != nil {
					b.Fatal(err)
				}
				return time.Since(start).Seconds()
			}
			race, steps := 0.0, 0.0
			for b.Loop() {
				race += timed(RaceOptions{})
				b.StopTimer()
				steps += timed(RaceOptions{Candidates: []Candidate{MetaInit}, Tune: TuneOptions{Steps: 200, Rate: 0.08}})
				b.StartTimer()
			}
			b.ReportMetric(race/steps, "of-200-steps")
		})
	}
}
