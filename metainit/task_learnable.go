package metainit

import (
	"math"
	"math/rand/v2"
	"slices"
)

// manyFeatures is how many features distinguish classes under as much noise as signal.
const manyFeatures = 16

// tellingShare is the share of tokens that follow a rule.
const tellingShare = 0.7

// learnable draws targets and inputs that tell them. The seed fixes what is to be learned: means, chains, projections.
func (m *maker) learnable(rng *rand.Rand, seed uint64, structured bool) batch {
	b := m.noise(rng)
	if structured {
		m.smoothen(rng, b)
	}
	labels := 0 // goals that the first one's labels tell
	for _, g := range m.goals {
		if g.classes == 0 {
			break
		}
		labels++
	}
	if labels > 0 {
		m.label(rng, seed, structured, b)
		first := m.goals[0]
		for _, g := range m.goals[1:labels] {
			repeatLabels(b[g.node], b[first.node], g.classes)
		}
	}
	for _, g := range m.goals[labels:] {
		m.regress(seed, structured, g, b)
	}
	m.round(b)
	return b
}

// repeatLabels makes labels of others, which are of the same samples.
func repeatLabels(y, of []float64, classes int) {
	for i := range y {
		y[i] = float64(int(of[i*len(of)/len(y)]) % classes)
	}
}

// smoothen replaces white noise by smooth noise.
func (m *maker) smoothen(rng *rand.Rand, b batch) {
	for _, s := range m.signals {
		shape := s.node.Shape()
		if s.rows > 0 || len(shape) < 2 || s.node.Size() == 0 {
			continue
		}
		x := b[s.node]
		field, each := m.field(s), len(x)/shape[0]
		for at := 0; at < len(x); at += each {
			field.draw(rng, x[at:at+each])
		}
	}
}

// field draws the smooth noise of a signal.
func (m *maker) field(s signal) *smooth {
	if m.fields[s.node] == nil {
		m.fields[s.node] = newSmooth(s.node.Shape()[1:])
	}
	return m.fields[s.node]
}

// label draws the labels of the first goal and then signals that depend on them. A signal with a unit for each label tells
// that label; where none has, a class is drawn for each sample, and the labels of its places follow from it in a fixed way.
func (m *maker) label(rng *rand.Rand, seed uint64, structured bool, b batch) {
	g := m.goals[0]
	y := b[g.node]
	full := slices.ContainsFunc(m.signals, func(s signal) bool { return s.rows == 0 && m.units(g, s).full })
	if i := slices.IndexFunc(m.signals, func(s signal) bool {
		u := m.units(g, s)
		return s.rows > 0 && u.full && u.features.count == 1
	}); i >= 0 && !full {
		m.chain(rng, seed, structured, m.signals[i], g, b)
		return
	}
	samples := len(y)
	if shape := g.node.Shape(); !full && len(shape) > 0 {
		samples = shape[0]
	}
	n := min(g.classes, mostClasses)
	classes := make([]int, samples)
	for i := range classes {
		classes[i] = rng.IntN(n)
	}
	each := len(y) / max(samples, 1)
	for i := range y {
		y[i] = float64((classes[i/each] + i%each) % n)
	}
	for _, s := range m.signals {
		switch u := m.units(g, s); {
		case u.starts.count != samples || u.full != full && samples != len(y):
		case s.rows > 0:
			s.words(rng, seed, structured, u, classes, n, b[s.node])
		default:
			m.shift(seed, structured, s, u, classes, b[s.node])
		}
	}
}

// shift moves each unit's features, which are noise z, to the mean of its class: (μ + z)/√2, or with smooth noise 0.6 μ + 0.8 z;
// nearer to it if they are few, such as the channels of a pixel, of which each has to tell more.
func (m *maker) shift(seed uint64, structured bool, s signal, u units, classes []int, x []float64) {
	near, far := math.Sqrt2/2, math.Sqrt2/2
	if structured {
		near, far = 0.6, 0.8
	}
	if n := u.features.count; n < manyFeatures {
		far *= math.Sqrt(float64(n) / manyFeatures)
		near = math.Sqrt(1 - far*far)
	}
	for k := range u.starts.count {
		at, mean := u.starts.at(k), m.mean(seed, structured, s, u, classes[k])
		for f := range u.features.count {
			i := at + u.features.at(f)
			x[i] = near*mean[f] + far*x[i]
		}
	}
}

// mean is that of a class, the same for each seed, good until the next one is asked for. Few are kept.
func (m *maker) mean(seed uint64, structured bool, s signal, u units, class int) []float64 {
	key := meanOf{s.node, seed, structured, class}
	mean, ok := m.means[key]
	if ok {
		return mean
	}
	rng := rand.New(rand.NewPCG(seed, uint64(class)))
	mean = m.scratch.room(s.node, u.features.count)
	if structured && u.starts.count == s.node.Shape()[0] {
		m.field(s).draw(rng, mean)
	} else {
		sampled(mean, rng.NormFloat64)
	}
	if (len(m.means)+1)*len(mean) <= keptNumbers {
		m.means[key] = slices.Clone(mean)
	}
	return mean
}

// words draws tokens of which most belong to the class: those that leave its rest by the number of classes or, structured,
// those that follow each other in its order.
func (s signal) words(rng *rand.Rand, seed uint64, structured bool, u units, classes []int, n int, x []float64) {
	permutation := rand.New(rand.NewPCG(seed, 0)).Perm(s.rows)
	for k := range u.starts.count {
		at, class, last := u.starts.at(k), classes[k], rng.IntN(s.rows)
		for f := range u.features.count {
			token := rng.IntN(s.rows)
			switch {
			case rng.Float64() >= tellingShare:
			case structured:
				token = permutation[(last+class)%s.rows]
			case class < s.rows:
				token = class + n*rng.IntN((s.rows-class+n-1)/n)
			}
			x[at+u.features.at(f)], last = float64(token), token
		}
	}
}

// chain draws some of the tokens, most of which follow from the one before them, or structured from the two before them, and
// gives each place the token after it as its label.
func (m *maker) chain(rng *rand.Rand, seed uint64, structured bool, s signal, g goal, b batch) {
	x, y := b[s.node], b[g.node]
	shuffle := rand.New(rand.NewPCG(seed, 0))
	n := min(s.rows, mostClasses)
	tokens, follows := shuffle.Perm(s.rows)[:n], shuffle.Perm(n)
	length := 1
	if shape := s.node.Shape(); len(shape) > 0 {
		length = max(shape[len(shape)-1], 1)
	}
	for start := 0; start < len(x); start += length {
		before, last := rng.IntN(n), rng.IntN(n)
		for i := range length {
			x[start+i] = float64(tokens[last])
			next := rng.IntN(n)
			if rng.Float64() < tellingShare {
				next = follows[last]
				if structured {
					next = follows[(last+follows[before])%n]
				}
			}
			y[start+i] = float64(tokens[next] % g.classes)
			before, last = last, next
		}
	}
}

// regress makes values, or truths, that are functions of the signals.
func (m *maker) regress(seed uint64, structured bool, g goal, b batch) {
	y := b[g.node]
	clear(y)
	for _, s := range m.signals {
		s.project(seed, structured, m.units(g, s), m.features(seed, s, b[s.node]), y, 1/math.Sqrt(float64(len(m.signals))))
	}
	if g.binary {
		for i, v := range y {
			y[i] = 0
			if v > 0 {
				y[i] = 1
			}
		}
	}
}

// features are the elements of a signal as numbers of variance 1: of a token, one drawn for it.
func (m *maker) features(seed uint64, s signal, x []float64) []float64 {
	if s.rows == 0 {
		return x
	}
	numbers := sampled(make([]float64, s.rows), rand.New(rand.NewPCG(seed, 1)).NormFloat64)
	out := m.scratch.room(s.node, len(x))
	for i, token := range x {
		out[i] = numbers[int(token)]
	}
	return out
}

// project adds to each target, times a weight, a sum over some features of its unit, of variance 1: ⟨x, v⟩ or, structured, a
// random net of x with one layer of ReLUs.
func (s signal) project(seed uint64, structured bool, u units, x, y []float64, weight float64) {
	const terms, meanReLU, varReLU = 16, 0.3989422804014327, 0.34084505690810466 // of ReLU(z), z normal
	each := len(y) / max(u.starts.count, 1)
	if each == 0 || u.features.count == 0 {
		return
	}
	for i := range each * u.starts.count {
		at, place := u.starts.at(i/each), i%each
		rng := rand.New(rand.NewPCG(seed, 2+uint64(place)))
		sign := func() float64 { return float64(2*rng.IntN(2) - 1) }
		sum := func() float64 {
			sum := 0.0
			for range terms {
				sum += sign() * x[at+u.features.at(rng.IntN(u.features.count))]
			}
			return sum / math.Sqrt(terms)
		}
		if !structured {
			y[i] += weight * sum()
			continue
		}
		for range terms {
			y[i] += weight * sign() * (max(sum(), 0) - meanReLU) / math.Sqrt(varReLU*terms)
		}
	}
}
