package lower

import (
	"math"

	"onnx-metainit/autodiff"
)

var contribPositionBiasRows = []operator{
	{name: "RelativePositionBias", domain: microsoft, since: 1, inputs: arity{3, 3}, lower: lowerRelativePositionBias,
		known: []int{1, 2}},
}

// lowerRelativePositionBias is the bias [1 heads queries keys] of T5 (Raffel et al., 2020): for each head a table of
// numbers, by how far apart query and key stand. Exporters write the table as [buckets heads], but its elements are those
// of [heads buckets].
func lowerRelativePositionBias(c *call) []value {
	table := c.x(0)
	queries, keys := c.knownInt(1), c.knownInt(2)
	if table.Rank() != 2 {
		c.fail("the table has shape %v, expected buckets and heads", table.Shape())
	}
	if queries < 1 || keys < 1 || queries > maxKnown/keys {
		c.fail("%d queries and %d keys are out of range", queries, keys)
	}
	buckets, heads := table.Shape()[0], table.Shape()[1]
	both, farthest := c.flag("is_bidirectional", false), c.int("max_distance", 128)
	if buckets < 4 || farthest <= buckets/2 {
		c.fail("attribute \"max_distance\" is %d for %d buckets", farthest, buckets)
	}
	index := make([]float64, 0, queries*keys)
	for q := range queries {
		for k := range keys {
			index = append(index, float64(distanceBucket(k-q, buckets, farthest, both)))
		}
	}
	y := autodiff.Take(autodiff.Reshape(table, heads, buckets), c.graph.Const(index, queries, keys), 1)
	return c.same(autodiff.Reshape(y, 1, heads, queries, keys))
}

// distanceBucket returns which of n buckets the distance from a query to a key, negative for one before it, falls into:
// small distances into one each, larger ones by their logarithm, those from farthest on into the last. If both, half of
// the buckets are for keys behind the query; if not, those all count as distance 0.
func distanceBucket(distance, n, farthest int, both bool) int {
	first := 0
	switch {
	case both:
		n /= 2
		if distance > 0 {
			first = n
		}
		distance = max(distance, -distance)
	default:
		distance = max(-distance, 0)
	}
	exact := n / 2
	if distance < exact {
		return first + distance
	}
	// In float32, as everywhere: powers of the base are met exactly.
	part := float32(math.Log(float64(distance)/float64(exact))) / float32(math.Log(float64(farthest)/float64(exact)))
	return first + min(exact+int(part*float32(n-exact)), n-1)
}
