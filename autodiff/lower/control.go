package lower

import (
	"fmt"
	"slices"
	"strings"

	"onnx-metainit/autodiff"
)

// lowerIf lowers the branch that a condition known while building picks:
// https://onnx.ai/onnx/operators/onnx__If.html
func lowerIf(c *call) []Value {
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
func (c *call) holds(v Value, what string) bool {
	data := c.decided(v, what)
	if len(data) != 1 {
		c.fail("%s has %d elements, expected 1", what, len(data))
	}
	return data[0] != 0
}

// decided returns the elements of a value that decides shapes or what is computed at all. The error says what they depend on.
func (c *call) decided(v Value, what string) []float64 {
	if v.Node == nil {
		c.fail("%s is a %v, expected a tensor", what, v)
	}
	data, err := v.data()
	switch {
	case err == nil:
	case v.input != nil:
		c.fail("%s must be known while building: %w", what, err)
	default:
		c.fail("%s %w: %w (%s)", what, ErrUnknown, err, c.sources(v.Node))
	}
	return data
}

// sources names the inputs and weights that a node is computed from.
func (c *call) sources(n *autodiff.Node) string {
	weights := make(map[*autodiff.Node]bool)
	for _, s := range c.weights {
		for _, w := range s.weights {
			weights[w.Node] = true
		}
	}
	var inputs, stored []string
	seen := map[*autodiff.Node]bool{n: true}
	for stack := []*autodiff.Node{n}; len(stack) > 0; {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		switch {
		case n.Op() != autodiff.OpVariable:
		case weights[n]:
			stored = append(stored, fmt.Sprintf("%q", n.Name()))
		default:
			inputs = append(inputs, fmt.Sprintf("%q", n.Name()))
		}
		for _, x := range n.Operands() {
			if !seen[x] {
				seen[x] = true
				stack = append(stack, x)
			}
		}
	}
	var parts []string
	for _, p := range []struct {
		word  string
		names []string
	}{{"input", inputs}, {"weight", stored}} {
		slices.Sort(p.names)
		if len(p.names) > 1 {
			p.word += "s"
		}
		if more := len(p.names) - maxSources; more > 0 {
			p.names = append(p.names[:maxSources], fmt.Sprintf("%d more", more))
		}
		if len(p.names) > 0 {
			parts = append(parts, p.word+" "+strings.Join(p.names, ", "))
		}
	}
	return strings.Join(parts, "; ")
}

// maxSources bounds the names in an error.
const maxSources = 5
