package lower

import "onnx-metainit/autodiff"

var blocksRows = []operator{
	{name: "DepthToSpace", since: 1, inputs: arity{1, 1}, lower: lowerDepthToSpace},
	{name: "SpaceToDepth", since: 1, inputs: arity{1, 1}, lower: lowerSpaceToDepth},
}

// lowerDepthToSpace moves channels into blocks: depth-column-row order by default, column-row-depth with mode CRD.
func lowerDepthToSpace(c *call) []value {
	x, b := c.x(0), c.blockSize()
	s := x.Shape()
	n, depth, h, w := s[0], s[1]/(b*b), s[2], s[3]
	if depth*b*b != s[1] {
		c.fail("%d channels cannot be divided into blocks of %d×%d", s[1], b, b)
	}
	var y *autodiff.Node
	switch mode := c.text("mode", "DCR"); mode {
	case "DCR":
		y = autodiff.Transpose(autodiff.Reshape(x, n, b, b, depth, h, w), 0, 3, 4, 1, 5, 2)
	case "CRD":
		y = autodiff.Transpose(autodiff.Reshape(x, n, depth, b, b, h, w), 0, 1, 4, 2, 5, 3)
	default:
		c.fail("attribute \"mode\" is %q, expected DCR or CRD", mode)
	}
	return c.same(autodiff.Reshape(y, n, depth, h*b, w*b))
}

// lowerSpaceToDepth is the inverse, with the same orders.
func lowerSpaceToDepth(c *call) []value {
	x, b := c.x(0), c.blockSize()
	s := x.Shape()
	n, depth, h, w := s[0], s[1], s[2]/b, s[3]/b
	if h*b != s[2] || w*b != s[3] {
		c.fail("%d×%d cannot be divided into blocks of %d×%d", s[2], s[3], b, b)
	}
	perm := []int{0, 3, 5, 1, 2, 4}
	if c.text("mode", "DCR") == "CRD" {
		perm = []int{0, 1, 3, 5, 2, 4}
	}
	y := autodiff.Transpose(autodiff.Reshape(x, n, depth, h, b, w, b), perm...)
	return c.same(autodiff.Reshape(y, n, depth*b*b, h, w))
}

func (c *call) blockSize() int {
	b := c.int("blocksize", 0)
	if b < 1 || b > maxBlock {
		c.fail("attribute \"blocksize\" is %d", b)
	}
	if c.x(0).Rank() != 4 {
		c.fail("needs 4 axes")
	}
	return b
}
