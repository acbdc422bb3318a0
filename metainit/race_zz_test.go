package metainit
import ("testing";"context";"fmt";"os";"strings";"time";"onnx-metainit/onnxio")
func TestRaceZZ(t *testing.T) {
	for _, f := range strings.Fields(os.Getenv("ZZ")) {
	m, err := onnxio.Open(f); if err != nil { t.Fatal(err) }
	p, err := New(m, Options{}); if err != nil { fmt.Println(f, err); continue }
	st := time.Now()
	r, err := p.Race(context.Background(), RaceOptions{Tune: TuneOptions{Steps: 50}})
	if err != nil { fmt.Println(f, err); continue }
	fmt.Println(f, r.Winner, r.Margin, r.Steps, time.Since(st))
	for _, c := range r.Contestants {
		fmt.Printf("  %-9s %.3f ", c.Candidate, c.Progress)
		for _, t := range c.Trials { fmt.Printf(" %s %.3f (%.3f: %.3f..%.3f)", t.Task, t.Progress, t.Base, t.Losses[0], t.Losses[len(t.Losses)-1]) }
		fmt.Println()
	}
	}
}
