package autodiff

import (
	"math"
	"slices"
)

// Const returns a constant with the given row-major data.
func (g *Graph) Const(data []float64, shape ...int) *Node {
	checkShape("Const", shape)
	if sizeOf(shape) != len(data) {
		fail("Const", "shape %v needs %d values, got %d", shape, sizeOf(shape), len(data))
	}
	if len(data) > 1 && allEqual(data) {
		return g.fill(data[0], slices.Clone(shape))
	}
	return g.internConst(data, shape)
}

// Scalar returns a constant without axes.
func (g *Graph) Scalar(v float64) *Node { return g.Const([]float64{v}) }

// fill returns a constant of the given shape, all v, stored once.
func (g *Graph) fill(v float64, shape []int) *Node {
	bits := math.Float64bits(v)
	if n := g.fills[bits]; n != nil && slices.Equal(n.shape, shape) {
		return n
	}
	n := g.Scalar(v)
	if len(shape) > 0 {
		n = g.intern(OpBroadcast, broadcastAttr{Shape: shape}, []*Node{n}, shape)
	}
	g.fills[bits] = n
	return n
}

func allEqual(data []float64) bool {
	first := math.Float64bits(data[0])
	for _, v := range data[1:] {
		if math.Float64bits(v) != first {
			return false
		}
	}
	return true
}
