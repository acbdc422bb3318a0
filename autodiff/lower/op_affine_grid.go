package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

var affineGridRows = []operator{
	{name: "AffineGrid", since: 20, inputs: arity{2, 2}, lower: lowerAffineGrid, known: []int{1}},
}

// lowerAffineGrid gives the grid for GridSample [n spatial… k] that the matrices theta [n k k+1] make of the positions of
// a tensor of the given size [n c spatial…].
func lowerAffineGrid(c *call) []value {
	theta, size := c.x(0), c.knownInts(1)
	k := len(size) - 2
	if k != 2 && k != 3 || !slices.Equal(theta.Shape(), []int{size[0], k, k + 1}) {
		c.fail("theta %v and size %v do not fit, expected [n 2 3] and [n c h w], or [n 3 4] and [n c d h w]", theta.Shape(), size)
	}
	spatial := size[2:]
	points := 1
	for _, d := range spatial {
		if d < 1 || d > maxKnown/((k+1)*points) {
			c.fail("size %v is out of range", size)
		}
		points *= d
	}
	// One row for each coordinate, the last axis first, and one of ones.
	grid := make([]float64, (k+1)*points)
	aligned := c.flag("align_corners", false)
	for p := range points {
		rest := p
		for i := k - 1; i >= 0; i-- {
			grid[(k-1-i)*points+p] = gridPosition(rest%spatial[i], spatial[i], aligned)
			rest /= spatial[i]
		}
		grid[k*points+p] = 1
	}
	y := autodiff.Transpose(autodiff.MatMul(theta, c.graph.Const(grid, k+1, points)), 0, 2, 1)
	return c.same(autodiff.Reshape(y, append(append([]int{size[0]}, spatial...), k)...))
}

// gridPosition is the position of element i of n between −1 and 1.
func gridPosition(i, n int, aligned bool) float64 {
	switch {
	case !aligned:
		return (2*float64(i)+1)/float64(n) - 1
	case n == 1:
		return 0
	}
	return 2*float64(i)/float64(n-1) - 1
}
