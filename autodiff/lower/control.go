package lower

// If lowers the branch that a condition known while building picks:
// https://onnx.ai/onnx/operators/onnx__If.html
func lowerIf(c *call) []Value {
	cond := c.known(0)
	if len(cond) != 1 {
		c.fail("the condition has %d elements, expected 1", len(cond))
	}
	branch := "else_branch"
	if cond[0] != 0 {
		branch = "then_branch"
	}
	out := c.subgraph(branch, nil)
	if len(out) != c.results {
		c.fail("%s has %d outputs, the node %d", branch, len(out), c.results)
	}
	return out
}
