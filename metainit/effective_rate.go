package metainit

import "math"

// farFromHe bounds how far the norm of a scale-invariant weight may be from He's, as a ratio either way, before it is changed.
// PyTorch's own initialization, 1/√6 of He's, is within it.
const farFromHe = 3

// setRates sets the factors of scale-invariant weights in those of a candidate. A weight whose norm is far from He's, both by the
// fan-in and by the fan-out, gets He's by the fan-in; any other keeps its own. It returns how many are changed.
//
// The loss does not depend on such a norm, but steps of a given length turn a shorter weight farther: it sets the effective rate
// (van Laarhoven, "L2 regularization versus batch and weight normalization", 2017). A short trial favours those that turn fast,
// which fall behind later. So it is not asked: the usual rates are made for He's norms, and every candidate gets these.
func (p *Problem) setRates(factors []float64) (changed int) {
	products := p.multiplications()
	for j, he := range p.byFormula(He) {
		par := p.counted[j]
		if par.Role != RoleScaleInvariant {
			continue
		}
		factors[j] = 1
		byFanOut := he
		if list := products[par.node]; len(list) > 0 && list[0].FanOut > 0 {
			byFanOut *= math.Sqrt(float64(list[0].FanIn) / float64(list[0].FanOut))
		}
		if min(he, byFanOut) > farFromHe || max(he, byFanOut) < 1./farFromHe {
			factors[j] = he
			changed++
		}
	}
	return changed
}
