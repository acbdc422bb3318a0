package metainit

import (
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// entropy is the least loss on the first n batches of who gives every sample the same answer.
func (m *maker) entropy(n int, draw func(step int) batch) float64 {
	tallies := make([]tally, len(m.goals))
	for i, g := range m.goals {
		tallies[i] = newTally(g)
	}
	for step := range n {
		b := draw(step)
		for i, g := range m.goals {
			tallies[i].add(b[g.node])
		}
	}
	total := 0.0
	for _, t := range tallies {
		total += t.entropy()
	}
	return total
}

// tally counts targets of a goal: how often each class comes, or what their mean and variance are.
type tally struct {
	goal
	weights           []float64 // what comes of each class
	inner             int       // elements along the axes behind that of probabilities
	n, mean, variance float64   // the latter times n
}

func newTally(g goal) tally {
	t := tally{goal: g, weights: make([]float64, g.classes)}
	if g.spread != nil {
		shape := g.node.Shape()
		t.weights, t.inner = make([]float64, shape[*g.spread]), 1
		for _, d := range shape[*g.spread+1:] {
			t.inner *= d
		}
	}
	return t
}

func (t *tally) add(targets []float64) {
	for i, y := range targets {
		switch {
		case t.spread != nil:
			t.weights[i/t.inner%len(t.weights)] += y
		case len(t.weights) > 0:
			t.weights[int(y)]++
		default: // Welford
			t.n++
			d := y - t.mean
			t.mean += d / t.n
			t.variance += d * (y - t.mean)
		}
	}
}

func (t *tally) entropy() float64 {
	switch {
	case len(t.weights) > 0:
		return entropy(t.weights)
	case t.binary:
		return entropy([]float64{t.mean, 1 - t.mean})
	}
	return t.variance / t.n
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
