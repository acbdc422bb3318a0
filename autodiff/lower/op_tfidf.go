package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

var tfidfRows = []operator{
	{name: "TfIdfVectorizer", since: 9, inputs: arity{1, 1}, lower: lowerTfIdfVectorizer, noDerivative: discrete},
}

// lowerTfIdfVectorizer counts how often each n-gram of a pool of whole numbers is in rows [n] or [batch n], with up to
// max_skip_count elements left out between two of its elements: https://onnx.ai/onnx/operators/onnx__TfIdfVectorizer.html
func lowerTfIdfVectorizer(c *call) []value {
	x := c.x(0)
	if x.Rank() < 1 || x.Rank() > 2 || !isInteger(c.in[0].DataType) {
		c.fail("needs whole numbers with 1 or 2 axes")
	}
	rows := autodiff.Reshape(x, product(x.Shape()[:x.Rank()-1]), x.Shape()[x.Rank()-1])
	coordinates, _ := c.ints("ngram_indexes")
	if len(coordinates) == 0 || slices.Min(coordinates) < 0 || slices.Max(coordinates) >= maxKnown {
		c.fail("attribute \"ngram_indexes\" is empty or out of range")
	}
	size := slices.Max(coordinates) + 1
	shortest, longest, skips := c.int("min_gram_length", 1), c.int("max_gram_length", 1), c.int("max_skip_count", 0)
	counts := autodiff.BroadcastTo(c.scalar(0), rows.Shape()[0], size)
	first := 0 // n-gram of those of the current length
	for length, pool := range c.pools() {
		if length == 0 {
			continue
		}
		number := len(pool) / length
		if first+number > len(coordinates) {
			c.fail("attribute \"ngram_indexes\" has %d values, fewer than there are n-grams", len(coordinates))
		}
		if number > 0 && length >= shortest && length <= longest {
			if found := c.grams(rows, pool, length, skips); found != nil {
				index := c.integers(coordinates[first : first+number]).Node
				counts = autodiff.Add(counts, autodiff.Scatter(c.weighted(found, first), index, 1, size))
			}
		}
		first += number
	}
	shape := append(slices.Clone(x.Shape()[:x.Rank()-1]), size)
	return one(autodiff.Reshape(counts, shape...), float32Type)
}

// pools returns the elements of the n-grams by their length, one after the other. There are none of length 0.
func (c *call) pools() [][]int {
	pool, ok := c.ints("pool_int64s")
	if !ok {
		c.fail("attribute \"pool_int64s\" is missing: text is not supported")
	}
	starts, _ := c.ints("ngram_counts")
	pools := make([][]int, 1, len(starts)+1)
	for i, start := range starts {
		end := len(pool)
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		if start < 0 || start > end || end > len(pool) || (end-start)%(i+1) != 0 {
			c.fail("attribute \"ngram_counts\" is %v, which does not fit the %d elements of the pool", starts, len(pool))
		}
		pools = append(pools, pool[start:end])
	}
	return pools
}

// grams counts n-grams of one length in each row, with up to so many places skipped between their elements:
// [rows n-grams]; nil if the rows are too short.
func (c *call) grams(rows *autodiff.Node, pool []int, length, skips int) *autodiff.Node {
	if length == 1 {
		skips = 0
	}
	n := rows.Shape()[1]
	var counts *autodiff.Node
	for step := 1; step-1 <= skips && (length-1)*step < n; step++ {
		found := autodiff.Sum(c.gramsAt(rows, pool, length, step), 1)
		if counts == nil {
			counts = found
		} else {
			counts = autodiff.Add(counts, found)
		}
	}
	return counts
}

// gramsAt says where the n-grams are whose elements are step places apart: [rows places n-grams].
func (c *call) gramsAt(rows *autodiff.Node, pool []int, length, step int) *autodiff.Node {
	number := len(pool) / length
	places := rows.Shape()[1] - (length-1)*step
	var all *autodiff.Node
	for k := range length {
		if c.graph.Len() > maxNodes {
			c.fail("the graph has more than %d nodes", maxNodes)
		}
		wanted := make([]float64, number)
		for i := range wanted {
			wanted[i] = float64(pool[i*length+k])
		}
		at := autodiff.SliceAxis(rows, 1, k*step, k*step+places)
		equal := autodiff.Equal(autodiff.Reshape(at, at.Shape()[0], places, 1), c.graph.Const(wanted, number))
		if all == nil {
			all = equal
		} else {
			all = autodiff.And(all, equal)
		}
	}
	return all
}

// weighted applies attributes mode and weights to the counts [rows n-grams] of the n-grams from number first on.
func (c *call) weighted(counts *autodiff.Node, first int) *autodiff.Node {
	switch mode := c.text("mode", ""); mode {
	case "TF":
		return counts
	case "IDF":
		counts = autodiff.Less(c.scalar(0), counts)
	case "TFIDF":
	default:
		c.fail("attribute \"mode\" is %q, expected TF, IDF or TFIDF", mode)
	}
	weights := c.floats("weights")
	if len(weights) == 0 {
		return counts
	}
	number := counts.Shape()[1]
	if len(weights) < first+number {
		c.fail("attribute \"weights\" has %d values, fewer than there are n-grams", len(weights))
	}
	return autodiff.Mul(counts, c.graph.Const(weights[first:first+number], number))
}
