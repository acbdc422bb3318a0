package autodiff

import "math/rand/v2"

// Sampler makes small operands for the checks of primitives: it remembers a
// value for every variable it makes.
type Sampler struct {
	Graph  *Graph
	Values map[*Node][]float64
	rng    *rand.Rand
}

// NewSampler returns a Sampler over a new graph; the same seed gives the same
// values.
func NewSampler(seed uint64) *Sampler {
	return &Sampler{NewGraph(), make(map[*Node][]float64), rand.New(rand.NewPCG(seed, 1))}
}

// Samples builds the table's sample nodes of a primitive.
func (s *Sampler) Samples(op Op) []*Node {
	if samples := s.Graph.table[op].samples; samples != nil {
		return samples(s)
	}
	return nil
}

// Variable makes a variable with elements of either sign, 0.3 to 1.5 in size:
// clear of the points where derivatives jump.
func (s *Sampler) Variable(shape ...int) *Node {
	return s.variable(shape, func() float64 {
		v := 0.3 + 1.2*s.rng.Float64()
		if s.rng.IntN(2) == 0 {
			return -v
		}
		return v
	})
}

// Positive makes a variable with elements from 0.3 to 1.5.
func (s *Sampler) Positive(shape ...int) *Node {
	return s.variable(shape, func() float64 { return 0.3 + 1.2*s.rng.Float64() })
}

// Fraction makes a variable with elements of either sign, 0.1 to 0.8 in size.
func (s *Sampler) Fraction(shape ...int) *Node {
	return s.variable(shape, func() float64 {
		v := 0.1 + 0.7*s.rng.Float64()
		if s.rng.IntN(2) == 0 {
			return -v
		}
		return v
	})
}

// Index makes a constant with whole numbers from 0 to n−1.
func (s *Sampler) Index(n int, shape ...int) *Node {
	data := make([]float64, sizeOf(shape))
	for i := range data {
		data[i] = float64(s.rng.IntN(n))
	}
	return s.Graph.Const(data, shape...)
}

func (s *Sampler) variable(shape []int, value func() float64) *Node {
	n := s.Graph.Variable("x", shape...)
	data := make([]float64, n.Size())
	for i := range data {
		data[i] = value()
	}
	s.Values[n] = data
	return n
}
