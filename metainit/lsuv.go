package metainit

import (
	"slices"

	"onnx-metainit/autodiff"
)

// deadDeviation is the standard deviation up to which a product counts as dead: no factor makes its variance 1.
const deadDeviation = 1e-12

// lsuv returns the factors of LSUV (Mishkin & Matas, "All you need is a good init", 2016), by counted parameter: one pass
// forward in the order of execution, in which each weight enters times f = 1/std of its first product, the bias not added
// yet; what the file stores as one tensor is one weight, and weights that are multiplied together share f. One program computes
// all f. Recurrent weights get their norms by He's formula: with LSUV's a recurrent network turns chaotic.
func (p *Problem) lsuv() ([]float64, error) {
	factors, outputs, scales, err := p.lsuvGraph()
	if err != nil || len(outputs) == 0 {
		return factors, err
	}
	prog, err := p.first(p.opt.Precision, outputs)
	if err != nil {
		return nil, err
	}
	defer prog.Close()
	for j, first := range leaders(p.counted) {
		if f := scales[first]; f != nil {
			factors[j] = prog.Read(f)[0]
		}
	}
	return factors, nil
}

// lsuvGraph builds all f, by parameter and as outputs. The factors are He's.
func (p *Problem) lsuvGraph() (factors []float64, outputs []*autodiff.Node, scales map[int]*autodiff.Node, err error) {
	factors, scales = p.byFormula(He), make(map[int]*autodiff.Node)
	err = autodiff.Maybe(func() {
		products, leader := p.multiplications(), leaders(p.counted)
		by := make(map[*autodiff.Node]*autodiff.Node) // f, by the product, or the weight if it is recurrent
		owners := make(map[*autodiff.Node][]int)
		for j, par := range p.counted {
			list := products[par.node]
			if slices.ContainsFunc(list, func(m autodiff.Multiplication) bool { return m.Recurrent }) {
				by[par.node] = par.node.Graph().Scalar(factors[j])
				continue
			}
			for _, m := range list {
				owners[m.Product] = append(owners[m.Product], leader[j])
			}
		}
		autodiff.Rebuild(p.outputs(), func(n, anew *autodiff.Node) *autodiff.Node {
			f := by[n]
			for _, j := range owners[n] {
				if f = scales[j]; f != nil {
					break
				}
			}
			if f == nil && len(owners[n]) > 0 {
				f = inverseDeviation(anew)
				outputs = append(outputs, f)
			}
			for _, j := range owners[n] {
				if scales[j] == nil {
					scales[j] = f
				}
			}
			if f == nil {
				return anew
			}
			return autodiff.Mul(anew, f)
		})
	})
	return factors, outputs, scales, err
}

// inverseDeviation is 1/std of all elements, 1 where they are dead.
func inverseDeviation(x *autodiff.Node) *autodiff.Node {
	graph := x.Graph()
	n := graph.Scalar(float64(max(x.Size(), 1)))
	mean := autodiff.Div(autodiff.SumAll(x), n)
	d := autodiff.Sub(x, mean)
	std := autodiff.Sqrt(autodiff.Div(autodiff.SumAll(autodiff.Mul(d, d)), n))
	alive := autodiff.Less(graph.Scalar(deadDeviation), std)
	return autodiff.Select(alive, autodiff.Reciprocal(autodiff.Select(alive, std, graph.Scalar(1))), graph.Scalar(1))
}
