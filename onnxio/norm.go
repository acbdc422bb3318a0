package onnxio

import (
	"math"
	"slices"
)

// Norm accumulates the Euclidean norm √(Σ x²) of the elements that are added. The zero value is ready. Squares of very
// large and of very small numbers are summed apart and scaled, so that none overflows or vanishes (J. L. Blue, A portable
// Fortran program to find the Euclidean norm of a vector, 1978).
type Norm struct {
	big, mid, small float64
}

// Numbers beyond these are multiplied by a power of two that makes their squares harmless.
const (
	bigLimit, bigScale     = 1e150, 0x1p-600
	smallLimit, smallScale = 1e-140, 0x1p+600
)

// Squares that sum up to a number between these are themselves neither too large nor, where it matters, too small.
const leastSafe, mostSafe = 1e-200, 1e290

// Add adds the elements of x. Each block is summed by itself first, which keeps rounding small in long tensors.
func (n *Norm) Add(x []float64) {
	if square := sumOfSquares(x); square > leastSafe && square < mostSafe {
		n.mid += square
		return
	}
	var part Norm
	for _, v := range x {
		switch a := math.Abs(v); {
		case a > bigLimit:
			part.big += (v * bigScale) * (v * bigScale)
		case a < smallLimit:
			part.small += (v * smallScale) * (v * smallScale)
		default:
			part.mid += v * v
		}
	}
	n.big += part.big
	n.mid += part.mid
	n.small += part.small
}

// sumOfSquares adds up each fourth apart, which is faster: no sum waits for the one before.
func sumOfSquares(x []float64) float64 {
	var a, b, c, d float64
	for ; len(x) >= 4; x = x[4:] {
		a += x[0] * x[0]
		b += x[1] * x[1]
		c += x[2] * x[2]
		d += x[3] * x[3]
	}
	for _, v := range x {
		a += v * v
	}
	return (a + b) + (c + d)
}

// Value returns the norm of all that was added; it is not finite if an element was not.
func (n *Norm) Value() float64 {
	switch {
	case n.big > 0:
		return math.Sqrt(n.big+n.mid*bigScale*bigScale) / bigScale
	case n.mid != 0: // NaN included
		return math.Sqrt(n.mid + n.small/smallScale/smallScale)
	}
	return math.Sqrt(n.small) / smallScale
}

// account is that of the norms of a tensor before and after a change.
type account struct {
	before, after Norm
	x, y          []float64 // room for a block
}

// room returns room for n elements before and after.
func (a *account) room(n int) (x, y []float64) {
	a.x, a.y = slices.Grow(a.x[:0], n), slices.Grow(a.y[:0], n)
	return a.x[:n], a.y[:n]
}

func (a *account) add(x, y []float64) {
	a.before.Add(x)
	a.after.Add(y)
}

func (a *account) norms() (before, after float64) { return a.before.Value(), a.after.Value() }
