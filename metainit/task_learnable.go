package metainit

import (
	"math"
	"math/rand/v2"
)

// learnable draws targets and inputs that tell them. The seed fixes what is to be learned: means, chains, projections.
func (m *maker) learnable(rng *rand.Rand, seed uint64, structured bool) batch {
	if m.classes > 0 {
		return m.labelled(rng, seed, structured)
	}
	return m.regressed(rng, seed, structured)
}

// labelled draws labels and then inputs that depend on them. An input with a unit for each label tells that label; where none
// has, a class is drawn for each sample, and the labels of its positions follow from it in a fixed way.
func (m *maker) labelled(rng *rand.Rand, seed uint64, structured bool) batch {
	b := make(batch)
	y := make([]float64, sizeOf(m.target))
	b[m.p.loss.target] = y
	full := false
	for _, s := range m.values {
		full = full || s.units.full
	}
	if !full {
		for _, s := range m.tokens {
			if s.units.full && len(s.units.features) == 1 { // the label of each token is the token after it
				b[s.node] = m.chain(rng, seed, s, structured, y)
				m.fillRest(rng, b)
				return b
			}
		}
	}
	classes := make([]int, len(y)) // of the units: all labels, or one for each sample
	if !full && len(m.target) > 0 {
		classes = classes[:m.target[0]]
	}
	for i := range classes {
		classes[i] = rng.IntN(m.classes)
	}
	each := len(y) / max(len(classes), 1)
	for i := range y {
		y[i] = float64((classes[i/each] + i%each) % m.classes)
	}
	for _, s := range m.values {
		if s.units.full == full && len(s.units.at) == len(classes) {
			b[s.node] = s.means(rng, seed, classes, structured)
		}
	}
	for _, s := range m.tokens {
		if len(s.units.at) == len(classes) {
			b[s.node] = s.words(rng, seed, classes, m.classes, structured)
		}
	}
	m.fillRest(rng, b)
	return b
}

// fillRest draws noise for the signals that say nothing.
func (m *maker) fillRest(rng *rand.Rand, b batch) {
	for v, x := range m.memorized(rng) {
		if _, ok := b[v]; !ok {
			b[v] = x
		}
	}
}

// means draws each unit's features around the mean of its class: (μ + z)/√2, or 0.6 s(μ) + 0.8 s(z) with smooth noise s
// where a unit is a whole sample.
func (s signal) means(rng *rand.Rand, seed uint64, classes []int, structured bool) []float64 {
	x := make([]float64, s.node.Size())
	mean, noise := make([]float64, len(s.units.features)), make([]float64, len(s.units.features))
	near, far := math.Sqrt2/2, math.Sqrt2/2
	fill := func(rng *rand.Rand, to []float64) {
		for i := range to {
			to[i] = rng.NormFloat64()
		}
	}
	if structured {
		near, far = 0.6, 0.8
		if !s.units.full || len(s.units.at) == s.node.Shape()[0] {
			fill = newSmooth(s.node.Shape()[1:]).draw
		}
	}
	for u, at := range s.units.at {
		fill(rand.New(rand.NewPCG(seed, uint64(classes[u]))), mean)
		fill(rng, noise)
		for f, to := range s.units.features {
			x[at+to] = near*mean[f] + far*noise[f]
		}
	}
	return x
}

// words draws tokens of which most belong to the class: those that leave its rest by the number of classes or, structured,
// those that follow each other in its order.
func (s signal) words(rng *rand.Rand, seed uint64, classes []int, n int, structured bool) []float64 {
	x := make([]float64, s.node.Size())
	order := rand.New(rand.NewPCG(seed, 0)).Perm(s.rows)
	for u, at := range s.units.at {
		class, last := classes[u], rng.IntN(s.rows)
		for _, to := range s.units.features {
			token := rng.IntN(s.rows)
			switch {
			case rng.Float64() >= tellingShare:
			case structured:
				token = order[(last+class)%s.rows]
			case class < s.rows:
				token = class + n*rng.IntN((s.rows-class+n-1)/n)
			}
			x[at+to], last = float64(token), token
		}
	}
	return x
}

// tellingShare is the share of tokens that follow a rule.
const tellingShare = 0.7

// chain draws tokens of which most follow from the one before them, or structured from the two before them, and gives each
// place the token after it as its label.
func (m *maker) chain(rng *rand.Rand, seed uint64, s signal, structured bool, y []float64) []float64 {
	x := make([]float64, s.node.Size())
	order := rand.New(rand.NewPCG(seed, 0)).Perm(s.rows)
	length := 1
	if shape := s.node.Shape(); len(shape) > 0 {
		length = shape[len(shape)-1]
	}
	for start := 0; start < len(x); start += length {
		before, last := rng.IntN(s.rows), rng.IntN(s.rows)
		for i := range length {
			x[start+i] = float64(last)
			next := rng.IntN(s.rows)
			if rng.Float64() < tellingShare {
				next = order[last]
				if structured {
					next = order[(last+order[before])%s.rows]
				}
			}
			y[start+i] = float64(next % m.classes)
			before, last = last, next
		}
	}
	return x
}

// regressed draws inputs and then values, or truths, that are functions of them.
func (m *maker) regressed(rng *rand.Rand, seed uint64, structured bool) batch {
	b := m.memorized(rng)
	if structured {
		for _, s := range m.values {
			if x := b[s.node]; len(s.node.Shape()) > 1 {
				field := newSmooth(s.node.Shape()[1:])
				each := len(x) / max(s.node.Shape()[0], 1)
				for at := 0; at < len(x); at += each {
					field.draw(rng, x[at:at+each])
				}
			}
		}
	}
	y := b[m.p.loss.target]
	clear(y)
	inputs := m.inputs()
	for _, s := range inputs {
		add := s.projected(seed, structured, m.features(b, s), y)
		for i, v := range add {
			y[i] += v / math.Sqrt(float64(len(inputs)))
		}
	}
	if m.binary {
		for i, v := range y {
			y[i] = 0
			if v > 0 {
				y[i] = 1
			}
		}
	}
	return b
}

func (m *maker) inputs() []signal { return append(m.values[:len(m.values):len(m.values)], m.tokens...) }

// features are the elements of an input as numbers of variance 1: of a token, one drawn for it.
func (m *maker) features(b batch, s signal) []float64 {
	x := b[s.node]
	if s.rows == 0 {
		return x
	}
	numbers := make([]float64, s.rows)
	rng := rand.New(rand.NewPCG(m.p.opt.Seed, 1))
	for i := range numbers {
		numbers[i] = rng.NormFloat64()
	}
	out := make([]float64, len(x))
	for i, token := range x {
		out[i] = numbers[int(token)]
	}
	return out
}

// projected returns for each target a sum over some features of its unit, of variance 1: ⟨x, v⟩ or, structured, a random net
// of x with one layer of ReLUs.
func (s signal) projected(seed uint64, structured bool, x, y []float64) []float64 {
	const terms, meanReLU, varReLU = 16, 0.3989422804014327, 0.34084505690810466
	out := make([]float64, len(y))
	each := len(y) / max(len(s.units.at), 1)
	if each == 0 {
		return out
	}
	for i := range out {
		unit, place := i/each, i%each
		rng := rand.New(rand.NewPCG(seed, 2+uint64(place)))
		project := func(n int) float64 {
			sum := 0.0
			for range n {
				v := x[s.units.at[unit]+s.units.features[rng.IntN(len(s.units.features))]]
				if rng.IntN(2) == 0 {
					v = -v
				}
				sum += v
			}
			return sum / math.Sqrt(float64(n))
		}
		if !structured {
			out[i] = project(terms)
			continue
		}
		for range terms {
			r := (max(project(terms), 0) - meanReLU) / math.Sqrt(varReLU*terms)
			if rng.IntN(2) == 0 {
				r = -r
			}
			out[i] += r
		}
	}
	return out
}
