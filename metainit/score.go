package metainit

import (
	"slices"

	"onnx-metainit/autodiff"
)

// Score is how well a model does on samples.
type Score struct {
	Loss     float64  `json:"loss"`
	Accuracy *float64 `json:"accuracy,omitempty"` // the share of labels, or of truth values, that are right; nil of other targets
}

// examination is a graph of what a score is the sum of, for each loss.
type examination struct{ sums, right []*autodiff.Node }

func (p *Problem) newExamination() *examination {
	e := &examination{}
	for _, l := range p.losses {
		e.sums = append(e.sums, autodiff.SumAll(l.terms))
		var right *autodiff.Node
		if l.right != nil {
			right = autodiff.SumAll(l.right)
		}
		e.right = append(e.right, right)
	}
	return e
}

func (e *examination) outputs() []*autodiff.Node {
	if e == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Concat(e.sums, e.right), func(n *autodiff.Node) bool { return n == nil })
}

// examine scores the parameters that a program has at present.
func (p *Problem) examine(prog *autodiff.Program, e *examination, d *Dataset) (*Score, error) {
	sums, right, counts := make([]float64, len(p.losses)), make([]float64, len(p.losses)), make([]float64, len(p.losses))
	outputs, rooms := e.outputs(), make(batch)
	n := p.batchSize()
	for start := 0; start < d.size; start += n {
		if start+n > d.size && !p.weighed() {
			break // the samples of a batch cannot be weighed one by one
		}
		indices := make([]int, min(n, d.size-start))
		for i := range indices {
			indices[i] = start + i
		}
		b, some := p.samplesOf(d, indices, rooms)
		b.write(prog)
		if err := prog.Run(outputs...); err != nil {
			return nil, err
		}
		for i := range p.losses {
			sums[i] += prog.Read(e.sums[i])[0]
			counts[i] += some[i]
			if e.right[i] != nil {
				right[i] += prog.Read(e.right[i])[0]
			}
		}
	}
	s := &Score{}
	for i := range p.losses {
		s.Loss += sums[i] / counts[i]
		if e.right[i] != nil && s.Accuracy == nil {
			share := right[i] / counts[i]
			s.Accuracy = &share
		}
	}
	if !allFinite(s.Loss) {
		s.Loss = noLoss
	}
	return s, nil
}

// meanScore is the mean of the scores after trials; nil if there are none.
func meanScore(trials []*Trial) *Score {
	mean, n := &Score{}, float64(len(trials))
	for _, t := range trials {
		if t.Test == nil {
			return nil
		}
		mean.Loss += t.Test.Loss / n
		if a := t.Test.Accuracy; a != nil {
			if mean.Accuracy == nil {
				mean.Accuracy = new(float64)
			}
			*mean.Accuracy += *a / n
		}
	}
	return mean
}
