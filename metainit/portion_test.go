package metainit

import (
	"testing"

	"onnx-metainit/autodiff"
)

// TestPortionsOfReferences computes the references with their batches cut into portions.
func TestPortionsOfReferences(t *testing.T) {
	cut := 0
	for _, r := range references(t) {
		p := r.problem(t, autodiff.Float64)
		terms, whole := p.losses[0].terms, p.loss
		if terms.Rank() == 0 || terms.Shape()[0]%2 != 0 {
			continue // a loss that is an output
		}
		if p.loss = mean(terms, p.losses[0].count, 2); p.loss != whole {
			cut++
		}
		t.Run(r.name, func(t *testing.T) {
			m, err := p.Measure()
			if err != nil {
				t.Fatal(err)
			}
			r.check(t, m)
		})
	}
	if cut < 20 {
		t.Errorf("only %d were cut", cut)
	}
}

// TestPortionsOnThreads: the number of threads does not change what portions add up to.
func TestPortionsOnThreads(t *testing.T) {
	r := loadReference(t, "../testdata/reference/transformer")
	var want *Measurement
	for threads := 1; threads <= 3; threads++ {
		r.opt.Threads = threads
		p := r.problem(t, autodiff.Float32)
		p.loss = mean(p.losses[0].terms, p.losses[0].count, 2)
		m, err := p.Measure()
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = m
		}
		if m.Loss != want.Loss || m.GQ != want.GQ || m.LGQ != want.LGQ {
			t.Errorf("%d threads: loss %v, GQ %v, LGQ %v; one thread: %v, %v, %v", threads, m.Loss, m.GQ, m.LGQ, want.Loss, want.GQ, want.LGQ)
		}
		for j, tensor := range m.Tensors {
			if tensor.DGQDNorm != nil && *tensor.DGQDNorm != *want.Tensors[j].DGQDNorm {
				t.Errorf("%d threads: dgq_dnorm of %s is %v, with one %v", threads, tensor.Name, *tensor.DGQDNorm, *want.Tensors[j].DGQDNorm)
			}
		}
	}
}
