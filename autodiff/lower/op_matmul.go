package lower

import "onnx-metainit/autodiff"

var matmulRows = []operator{
	{name: "Gemm", since: 1, inputs: arity{2, 3}, lower: lowerGemm, factors: []int{0, 1}, roles: roles{2: {Bias, "addend"}},
		ignores: []string{"broadcast"}},
	{name: "MatMul", since: 1, inputs: arity{2, 2}, lower: lowerMatMul, factors: []int{0, 1}},
}

func lowerMatMul(c *call) []value { return c.same(autodiff.MatMul(c.x(0), c.x(1))) }

// lowerGemm is α·op(A)·op(B) + β·C, C broadcast.
func lowerGemm(c *call) []value {
	a, b := c.x(0), c.x(1)
	if a.Rank() != 2 || b.Rank() != 2 {
		c.fail("needs two matrices")
	}
	y := autodiff.Dot(a, b, c.flag("transA", false), c.flag("transB", false))
	y = scale(y, c.float("alpha", 1))
	if beta := c.float("beta", 1); !c.absent(2) && beta != 0 {
		bias := c.x(2)
		// The sum keeps the shape of the product: a larger C is refused.
		y = autodiff.Add(y, autodiff.BroadcastTo(scale(bias, beta), y.Shape()...))
	}
	return c.same(y)
}
