package metainit

import (
	"context"
	"math"
	"testing"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
)

// TestQuotients compares the histograms with the quotient itself: as many elements as there are, the same for any number of
// threads, and before and after a mean of |q| that is GQ to the width of a bin.
func TestQuotients(t *testing.T) {
	m, err := onnxio.Open("../testdata/reference/lenet/model.onnx")
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	var first *Quotients
	for _, threads := range []int{1, 3} {
		p, err := New(m, Options{Batch: 4, Threads: threads, Precision: autodiff.Float64})
		if err != nil {
			t.Fatal(err)
		}
		r, err := p.Initialize(context.Background(), RaceOptions{Candidates: []Candidate{He}})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.AddQuotients(r); err != nil {
			t.Fatal(err)
		}
		measured, err := p.Measure() // on the same batch, at the weights of the file
		if err != nil {
			t.Fatal(err)
		}
		q := r.Quotients
		if first == nil {
			first = q
		}
		for _, c := range []struct{ got, again *QuotientCounts }{{q.Before, first.Before}, {q.After, first.After}} {
			total := c.got.Below + c.got.Above
			for k, n := range c.got.Counts {
				total += n
				if n != c.again.Counts[k] {
					t.Errorf("bin %d has %d elements with %d threads, %d with 1", k, n, threads, c.again.Counts[k])
				}
			}
			if total != int64(measured.NumParameters) || c.got.Damped < 1 || c.got.Damped > total {
				t.Errorf("%d elements, of which %d are damped, want %d", total, c.got.Damped, measured.NumParameters)
			}
		}
		low, high := q.Before.mean(q, 0), q.Before.mean(q, 1)
		if !(low <= measured.GQ && measured.GQ <= high) || low == 0 {
			t.Errorf("the bins have a mean of |q| from %v to %v, GQ is %v", low, high, measured.GQ)
		}
		if q.Before.Counts[40] == q.After.Counts[40] {
			t.Error("the histograms before and after are the same")
		}
	}
}

// mean is that of |q| if all elements are at a part of the widths of their bins.
func (c *QuotientCounts) mean(q *Quotients, part float64) float64 {
	sum, total := 0.0, float64(c.Below)
	for k, n := range c.Counts {
		sum += float64(n) * math.Pow(10, q.From+q.Width*(float64(k)+part))
		total += float64(n)
	}
	return sum / total
}

// TestQuotientBins puts numbers at the ends of bins and beyond them.
func TestQuotientBins(t *testing.T) {
	c := &QuotientCounts{Counts: make([]int64, quotientBins)}
	for _, q := range []float64{0, 1e-9, -1.0001e-8, 1.01, -1.01, 0.99, 9.9e7, 1.1e8, math.Inf(1), math.NaN()} {
		c.add(q)
	}
	if c.Below != 2 || c.Above != 3 || c.Counts[0] != 1 || c.Counts[40] != 2 || c.Counts[39] != 1 || c.Counts[79] != 1 {
		t.Errorf("%+v", c)
	}
}
