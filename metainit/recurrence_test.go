package metainit

import (
	"fmt"
	"testing"

	"onnx-metainit/onnxio"
)

// recurrence is a model of testdata over the given number of steps.
func recurrence(t testing.TB, name string, steps int) *Problem {
	t.Helper()
	m, err := onnxio.Open("../testdata/cases/lstm_quadratic/" + name + ".onnx")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	p, err := New(m, Options{Shapes: map[string][]int{"x": {steps, 2, 2}}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func planned(t testing.TB, name string, steps int) *Plan {
	t.Helper()
	plan, err := recurrence(t, name, steps).Plan()
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// TestRecurrencesAreLinear: what a step takes grows as the sequence does.
func TestRecurrencesAreLinear(t *testing.T) {
	for _, name := range []string{"lstm", "gru", "rnn", "bilstm", "scan"} {
		short, long := planned(t, name, 25), planned(t, name, 100)
		if 2*long.MemoryBytes > 9*short.MemoryBytes {
			t.Errorf("%s: 4 times the steps take %d bytes, the others %d", name, long.MemoryBytes, short.MemoryBytes)
		}
		if 2*long.Steps > 9*short.Steps {
			t.Errorf("%s: 4 times the steps take %d kernel calls, the others %d", name, long.Steps, short.Steps)
		}
	}
}

// TestLSTMTakesWhatAScanTakes: the operator and the same cell in a Scan.
func TestLSTMTakesWhatAScanTakes(t *testing.T) {
	lstm, scan := planned(t, "lstm", 400), planned(t, "scan", 400)
	if 10*lstm.MemoryBytes > 13*scan.MemoryBytes {
		t.Errorf("an LSTM takes %d bytes, a Scan %d", lstm.MemoryBytes, scan.MemoryBytes)
	}
	if 10*lstm.Steps > 13*scan.Steps {
		t.Errorf("an LSTM takes %d kernel calls, a Scan %d", lstm.Steps, scan.Steps)
	}
}

// BenchmarkRecurrence plans steps of recurrences, and runs them.
func BenchmarkRecurrence(b *testing.B) {
	for _, name := range []string{"lstm", "gru", "rnn", "bilstm", "scan"} {
		for _, steps := range []int{50, 200, 800, 2000} {
			b.Run(fmt.Sprintf("op=%s/steps=%d/do=plan", name, steps), func(b *testing.B) {
				p := recurrence(b, name, steps)
				for b.Loop() {
					plan, err := p.Plan()
					if err != nil {
						b.Fatal(err)
					}
					b.ReportMetric(float64(plan.MemoryBytes)/1e6, "MB-planned")
				}
			})
			b.Run(fmt.Sprintf("op=%s/steps=%d/do=step", name, steps), func(b *testing.B) {
				p := recurrence(b, name, steps)
				e, err := p.newEngine(false, p.tunable())
				if err != nil {
					b.Fatal(err)
				}
				defer e.prog.Close()
				for b.Loop() {
					if _, _, _, err := e.step(0); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
