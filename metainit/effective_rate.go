package metainit

import "math"

// farFromHe is how many times He's norm, or what part of it, the norm of a scale-invariant weight has to be to be changed. The usual
// formulas are nearer: Glorot's and He's by the fan-out by √2 mostly, PyTorch's own start by √6.
const farFromHe = 3

// setRates gives scale-invariant weights whose norms are far from He's that norm, in the factors of a candidate, and all others of
// them their own. It returns how many are changed.
//
// The loss does not depend on such a norm, but steps of a given length turn a shorter weight farther: it sets the effective rate
// (van Laarhoven, "L2 regularization versus batch and weight normalization", 2017). A short trial favours those that turn fast,
// which fall behind later. So it is not asked: the usual rates are made for He's norms, and every candidate gets these.
func (p *Problem) setRates(factors []float64) (changed int) {
	for j, he := range p.byFormula(He) {
		if p.counted[j].Role != RoleScaleInvariant {
			continue
		}
		factors[j] = 1
		if math.Abs(math.Log(he)) > math.Log(farFromHe) {
			factors[j] = he
			changed++
		}
	}
	return changed
}
