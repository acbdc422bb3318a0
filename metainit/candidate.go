package metainit

import (
	"context"
	"math"
	"slices"
	"strings"

	"onnx-metainit/autodiff"
)

// Candidate is a way to find one factor for each weight. Directions stay, and so does whatever is no weight.
type Candidate string

// The candidates. Those of a formula set ‖W‖ = s·√size, with s by the fan-in and fan-out of the first product by W; tensors
// that are used otherwise too (embeddings, tables of places, tied heads) keep their norms.
const (
	Keep       Candidate = "keep"       // all factors 1
	He         Candidate = "he"         // s = √(2/fan-in) (He et al., 2015)
	Glorot     Candidate = "glorot"     // s = √(2/(fan-in + fan-out)) (Glorot & Bengio, 2010)
	Orthogonal Candidate = "orthogonal" // ‖W‖ = √min(rows, columns), as of an orthogonal matrix (Saxe et al., 2014)
	LSUV       Candidate = "lsuv"       // each product's result has variance 1 on noise (Mishkin & Matas, 2016)
	MetaInit   Candidate = "metainit"   // the log quotient lowered by steps on the logarithms of the factors
	Paper      Candidate = "paper"      // the algorithm of the paper to the letter
)

// ParseCandidates reads names with commas between.
func ParseCandidates(list string) ([]Candidate, error) {
	return parseNames("candidate", list, Keep, He, Glorot, Orthogonal, LSUV, MetaInit, Paper)
}

// parseNames reads known names with commas between, each once.
func parseNames[T ~string](what, list string, known ...T) ([]T, error) {
	var chosen []T
	for _, field := range strings.Split(list, ",") {
		name := T(strings.TrimSpace(field))
		if !slices.Contains(known, name) {
			return nil, unknownName(what, name, known...)
		}
		if !slices.Contains(chosen, name) {
			chosen = append(chosen, name)
		}
	}
	return chosen, nil
}

// outputs returns the outputs that the loss is taken of.
func (p *Problem) outputs() []*autodiff.Node {
	var list []*autodiff.Node
	for _, out := range p.lowered.Outputs {
		list = append(list, out.Node)
	}
	return list
}

// multiplications returns the products by each weight, in the order of execution, for those that only products use.
func (p *Problem) multiplications() map[*autodiff.Node][]autodiff.Multiplication {
	var leaves []*autodiff.Node
	for _, par := range p.rescaled() {
		leaves = append(leaves, par.node)
	}
	return autodiff.Multiplications(p.outputs(), leaves)
}

// scale is the standard deviation that a formula gives the elements of a weight of which this is the first product.
func (c Candidate) scale(m autodiff.Multiplication, size int) float64 {
	in, out := float64(m.FanIn), float64(m.FanOut)
	switch c {
	case Glorot:
		return math.Sqrt(2 / (in + out))
	case Orthogonal:
		rows := float64(size) / in
		return math.Sqrt(min(rows, in) / float64(size))
	}
	return math.Sqrt(2 / in)
}

// byFormula returns the factors of a candidate that is a formula, by counted parameter.
func (p *Problem) byFormula(c Candidate) []float64 {
	products, leader := p.multiplications(), leaders(p.counted)
	factors := make([]float64, len(p.counted))
	for j, par := range p.counted {
		if factors[j] = 1; leader[j] < j {
			factors[j] = factors[leader[j]]
		} else if list := products[par.node]; par.rescaled() && len(list) > 0 && list[0].FanIn > 0 {
			size := par.node.Size()
			factors[j] = c.scale(list[0], size) * math.Sqrt(float64(size)) / par.Norm
		}
	}
	return factors
}

// candidate makes a candidate: a factor for each counted parameter. The result is that of Tune, if the candidate is one.
func (p *Problem) candidate(ctx context.Context, c Candidate, opt TuneOptions) (factors []float64, result *Result, err error) {
	factors = make([]float64, len(p.counted))
	for j := range factors {
		factors[j] = 1
	}
	switch c {
	case Keep:
		return factors, nil, nil
	case LSUV:
		factors, err = p.lsuv()
		return factors, nil, err
	case MetaInit, Paper:
		opt.Paper = c == Paper
		if result, err = p.Tune(ctx, opt); err != nil {
			return nil, nil, err
		}
		return p.factorsOf(result), result, nil
	}
	return p.byFormula(c), nil, nil
}

// factorsOf returns the factors of a result, by counted parameter.
func (p *Problem) factorsOf(r *Result) []float64 {
	factors := make([]float64, len(p.counted))
	k := 0
	for j, par := range p.counted {
		if factors[j] = 1; par.rescaled() {
			factors[j] = r.Tensors[k].Factor
			k++
		}
	}
	return factors
}
