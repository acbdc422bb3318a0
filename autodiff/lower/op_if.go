package lower

var ifRows = []operator{
	{name: "If", since: 1, inputs: arity{1, 1}, lower: lowerIf, known: []int{0}, ignores: []string{"then_branch", "else_branch"},
		passes: true},
}

// lowerIf lowers the branch that a condition known while building picks:
// https://onnx.ai/onnx/operators/onnx__If.html
func lowerIf(c *call) []value {
	branch := "else_branch"
	if c.holds(c.in[0], "the condition") {
		branch = "then_branch"
	}
	out := c.lowerBody(c.body(branch), nil)
	if len(out) != c.results {
		c.fail("%s has %d outputs, the node %d", branch, len(out), c.results)
	}
	return out
}

// holds reports whether a condition is true, which must be known while building.
func (c *call) holds(v value, what string) bool {
	data := c.decided(v, what, "what is computed")
	if len(data) != 1 {
		c.fail("%s has %d elements, expected 1", what, len(data))
	}
	return data[0] != 0
}
