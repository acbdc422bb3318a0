package lower

import (
	"hash/fnv"
	"math"
	"math/rand/v2"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
)

// Random numbers are constants here: they are drawn once, while building, from the seed of the node, or from its name if
// it has none. So a graph is one function, with derivatives, and every run of it gives the same.

var randomRows = []operator{
	{name: "Bernoulli", since: 15, inputs: arity{1, 1}, lower: lowerBernoulli, noDerivative: discrete},
	{name: "Multinomial", since: 7, inputs: arity{1, 1}, lower: lowerMultinomial, noDerivative: discrete},
	{name: "RandomNormal", since: 1, inputs: arity{0, 0}, lower: random((*call).normal), noDerivative: foreknown},
	{name: "RandomNormalLike", since: 1, inputs: arity{1, 1}, lower: randomLike((*call).normal), known: []int{0},
		noDerivative: foreknown},
	{name: "RandomUniform", since: 1, inputs: arity{0, 0}, lower: random((*call).uniform), noDerivative: foreknown},
	{name: "RandomUniformLike", since: 1, inputs: arity{1, 1}, lower: randomLike((*call).uniform), known: []int{0},
		noDerivative: foreknown},
}

// draw returns a constant of the given shape with elements made of a source of random numbers.
func (c *call) draw(shape []int, element func(r *rand.Rand) float64) *autodiff.Node {
	seed := fnv.New64a()
	seed.Write([]byte(c.op.name))
	state := seed.Sum64()
	if c.has("seed") {
		state = math.Float64bits(c.float("seed", 0))
	}
	size := 1
	for _, d := range shape {
		if d < 0 || d > maxKnown {
			c.fail("shape %v is out of range", shape)
		}
		if size *= d; size > maxKnown {
			c.fail("%v elements are too many for a table that is made while building", shape)
		}
	}
	r := rand.New(rand.NewPCG(state, 0))
	data := make([]float64, size)
	for i := range data {
		data[i] = element(r)
	}
	return c.graph.Const(data, shape...)
}

func (c *call) normal() func(*rand.Rand) float64 {
	mean, deviation := c.float("mean", 0), c.float("scale", 1)
	return func(r *rand.Rand) float64 { return mean + deviation*r.NormFloat64() }
}

func (c *call) uniform() func(*rand.Rand) float64 {
	low, high := c.float("low", 0), c.float("high", 1)
	return func(r *rand.Rand) float64 { return low + (high-low)*r.Float64() }
}

// random lowers RandomNormal and RandomUniform, whose shape is an attribute.
func random(distribution func(*call) func(*rand.Rand) float64) lowering {
	return func(c *call) []value {
		shape, ok := c.ints("shape")
		if !ok {
			c.fail("attribute \"shape\" is missing")
		}
		return one(c.draw(shape, distribution(c)), DataType(c.int("dtype", int(float32Type))))
	}
}

// randomLike lowers the operators that take shape and type of a tensor.
func randomLike(distribution func(*call) func(*rand.Rand) float64) lowering {
	return func(c *call) []value {
		return one(c.draw(c.x(0).Shape(), distribution(c)), DataType(c.int("dtype", int(c.in[0].DataType))))
	}
}

// lowerBernoulli is 1 with the probability that the input gives.
func lowerBernoulli(c *call) []value {
	p := c.x(0)
	drawn := c.draw(p.Shape(), (*rand.Rand).Float64)
	return one(autodiff.Less(drawn, p), DataType(c.int("dtype", int(c.in[0].DataType))))
}

// lowerMultinomial draws classes from rows [batch classes] of logarithms of probabilities: the greatest after adding a
// number of the Gumbel distribution to each is one drawn from them (Maddison et al., "A* Sampling", 2014).
func lowerMultinomial(c *call) []value {
	x := c.x(0)
	if x.Rank() != 2 {
		c.fail("needs 2 axes")
	}
	batch, classes, samples := x.Shape()[0], x.Shape()[1], c.int("sample_size", 1)
	noise := c.draw([]int{batch, samples, classes}, func(r *rand.Rand) float64 { return -math.Log(r.ExpFloat64()) })
	scores := autodiff.Add(autodiff.Reshape(x, batch, 1, classes), noise)
	return one(autodiff.ArgMax(scores, 2), DataType(c.int("dtype", int(onnxio.Int32))))
}
