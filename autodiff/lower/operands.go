package lower

import (
	"fmt"

	"onnx-metainit/autodiff"
)

// absent is the value of an optional input that is not there.
func (c *call) absent(i int) bool { return i >= len(c.in) || !c.in[i].present() }

// optional returns input i, a value without a node if it is absent.
func (c *call) optional(i int) value {
	if c.absent(i) {
		return value{}
	}
	return c.in[i]
}

// x returns the node of input i.
func (c *call) x(i int) *autodiff.Node {
	if c.absent(i) {
		c.fail("input %d is absent, but needed", i)
	}
	if c.in[i].Node == nil {
		c.fail("input %d is a %v, expected a tensor", i, c.in[i])
	}
	return c.in[i].Node
}

// known returns the elements of input i, which must be known while building.
func (c *call) known(i int) []float64 {
	c.x(i)
	return c.decided(c.in[i], fmt.Sprintf("input %d", i), "shapes")
}

// knownInts returns the elements of input i as whole numbers.
func (c *call) knownInts(i int) []int {
	data := c.known(i)
	list := make([]int, len(data))
	for j, v := range data {
		list[j] = whole(v)
	}
	return list
}

// knownInt returns the one element of input i.
func (c *call) knownInt(i int) int {
	list := c.knownInts(i)
	if len(list) != 1 {
		c.fail("input %d has %d elements, expected 1", i, len(list))
	}
	return list[0]
}

// intsAt returns a list that newer versions of an operator take as input i and older ones as an attribute.
func (c *call) intsAt(i int, name string) ([]int, bool) {
	if !c.absent(i) {
		return c.knownInts(i), true
	}
	return c.ints(name)
}

// scalar returns a constant without axes.
func (c *call) scalar(v float64) *autodiff.Node { return c.graph.Scalar(v) }

// same returns one result of the type of the first input.
func (c *call) same(n *autodiff.Node) []value { return one(n, c.in[0].DataType) }

func one(n *autodiff.Node, t DataType) []value { return []value{{Node: n, DataType: t}} }

// axis returns a, which counts from the end if negative, as an axis below rank.
func (c *call) axis(a, rank int) int {
	if a < -rank || a >= rank {
		c.fail("axis %d is outside the %d axes", a, rank)
	}
	if a < 0 {
		return a + rank
	}
	return a
}

// axes is axis for a list, which must name no axis twice.
func (c *call) axes(list []int, rank int) []int {
	if len(list) > maxRank {
		c.fail("%d axes are more than the %d that are supported", len(list), maxRank)
	}
	seen := make(map[int]bool)
	out := make([]int, len(list))
	for i, a := range list {
		out[i] = c.axis(a, rank)
		if seen[out[i]] {
			c.fail("axis %d is there twice in %v", out[i], list)
		}
		seen[out[i]] = true
	}
	return out
}

// count returns start, start+1, …, limit−1.
func count(start, limit int) []int {
	list := make([]int, 0, max(limit-start, 0))
	for i := start; i < limit; i++ {
		list = append(list, i)
	}
	return list
}

func product(shape []int) int {
	size := 1
	for _, d := range shape {
		size *= d
	}
	return size
}

// iota returns the constant 0, 1, …, n−1.
func (c *call) iota(n int) *autodiff.Node {
	if n < 0 || n > maxKnown {
		c.fail("%d elements are too many for a table that is made while building", n)
	}
	data := make([]float64, n)
	for i := range data {
		data[i] = float64(i)
	}
	return c.graph.Const(data, n)
}
