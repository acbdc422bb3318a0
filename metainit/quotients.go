package metainit

import (
	"math"

	"onnx-metainit/autodiff"
)

// The bins of Quotients.
const (
	quotientFrom  = -8.0
	quotientWidth = 0.2
	quotientBins  = 80
)

// Quotients are histograms of log10 |q_i|, the elements whose mean is GQ, over all parameters on the first held-out batch: at
// the weights of the file, and at those of the result. Bin k is of From + k·Width to From + (k+1)·Width.
type Quotients struct {
	From    float64         `json:"from"`
	Width   float64         `json:"width"`
	Epsilon float64         `json:"epsilon"`
	Before  *QuotientCounts `json:"before"`
	After   *QuotientCounts `json:"after"`
}

// QuotientCounts says how many elements are in each bin, below the first, zero among them, and above the last.
type QuotientCounts struct {
	Counts []int64 `json:"counts"`
	Below  int64   `json:"below"`
	Above  int64   `json:"above"`

	// Damped is the number of elements whose gradient is smaller than ε: what is added to it then decides what their q is.
	Damped int64 `json:"damped"`
}

// AddQuotients adds the histograms to a result of this problem, which costs two runs of the quotient and reads all of its
// elements. It holds them in memory at once, so that it can fail where a run did not: with the error of too little memory.
func (p *Problem) AddQuotients(r *Result) (err error) {
	defer autodiff.Caught(&err)
	h, err := p.newQuotientHistogram()
	if err != nil {
		return err
	}
	defer h.prog.Close()
	counts := &Quotients{From: quotientFrom, Width: quotientWidth, Epsilon: p.opt.epsilon()}
	if counts.Before, err = h.count(); err != nil {
		return err
	}
	for j, f := range p.factorsOf(r) {
		h.prog.Scale(p.counted[j].node, f)
	}
	if counts.After, err = h.count(); err != nil {
		return err
	}
	r.Quotients = counts
	return nil
}

// quotientHistogram is what the histograms are computed by: nodes for each counted parameter.
type quotientHistogram struct {
	p      *Problem
	prog   *autodiff.Program
	ratios []*autodiff.Node // q
	damped []*autodiff.Node // how many |g| are below ε
}

func (p *Problem) newQuotientHistogram() (*quotientHistogram, error) {
	h := &quotientHistogram{p: p}
	err := autodiff.Maybe(func() {
		q := p.quotient()
		graph := p.loss.Graph()
		for j, g := range q.g {
			h.ratios = append(h.ratios, q.ratio(j, 1))
			small := autodiff.Less(autodiff.Abs(g), graph.Scalar(q.epsilon))
			h.damped = append(h.damped, autodiff.SumAll(autodiff.Select(small, graph.Scalar(1), graph.Scalar(0))))
		}
	})
	if err != nil {
		return nil, err
	}
	if h.prog, err = p.compile(p.opt.Precision, append(h.damped[:len(h.damped):len(h.damped)], h.ratios...)); err != nil {
		return nil, err
	}
	if err := p.writeParameters(h.prog); err != nil {
		h.prog.Close()
		return nil, err
	}
	return h, nil
}

// count computes the quotient and counts its elements.
func (h *quotientHistogram) count() (*QuotientCounts, error) {
	writeBatch(h.prog, h.p.sources, h.p.opt.Seed, 0)
	if err := h.prog.Run(); err != nil {
		return nil, err
	}
	c := &QuotientCounts{Counts: make([]int64, quotientBins)}
	for j := range h.ratios {
		c.Damped += int64(h.prog.Read(h.damped[j])[0])
		for _, q := range h.prog.Read(h.ratios[j]) {
			c.add(q)
		}
	}
	return c, nil
}

func (c *QuotientCounts) add(q float64) {
	switch k := math.Floor((math.Log10(math.Abs(q)) - quotientFrom) / quotientWidth); {
	case k < 0:
		c.Below++
	case k < quotientBins:
		c.Counts[int(k)]++
	default: // infinite and NaN ones too
		c.Above++
	}
}
