package metainit

import (
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// entropy is the least loss on some batches of who gives every sample the same answer.
func (m *maker) entropy(batches ...batch) float64 {
	total := 0.0
	for _, g := range m.goals {
		var all []float64
		for _, b := range batches {
			all = append(all, b[g.node]...)
		}
		switch {
		case g.spread != nil:
			total += entropy(g.sums(all))
		case g.classes > 0:
			counts := make([]float64, g.classes)
			for _, y := range all {
				counts[int(y)]++
			}
			total += entropy(counts)
		case g.binary:
			mean := stat.Mean(all, nil)
			total += entropy([]float64{mean, 1 - mean})
		default:
			_, variance := stat.PopMeanVariance(all, nil)
			total += variance
		}
	}
	return total
}

// sums adds probabilities up for each class.
func (g goal) sums(all []float64) []float64 {
	shape := g.node.Shape()
	inner := 1
	for _, d := range shape[*g.spread+1:] {
		inner *= d
	}
	sums := make([]float64, shape[*g.spread])
	for i, v := range all {
		sums[i/inner%len(sums)] += v
	}
	return sums
}

// entropy is that of classes which come as often as their weights say.
func entropy(weights []float64) float64 {
	sum := floats.Sum(weights)
	shares := make([]float64, len(weights))
	for i, w := range weights {
		shares[i] = w / sum
	}
	return stat.Entropy(shares)
}
