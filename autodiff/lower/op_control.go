package lower

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"onnx-metainit/autodiff"
)

var controlRows = []operator{
	{name: "If", since: 1, inputs: arity{1, 1}, lower: lowerIf, known: []int{0}, ignores: []string{"then_branch", "else_branch"},
		passes: true},
}

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
	data := c.decided(v, what, "what is computed")
	if len(data) != 1 {
		c.fail("%s has %d elements, expected 1", what, len(data))
	}
	return data[0] != 0
}

// decided returns the elements of a value that decides shapes, or what is computed at all. The error says what they depend on.
func (c *call) decided(v Value, what, decides string) []float64 {
	if v.Node == nil {
		c.fail("%s is a %v, expected a tensor", what, v)
	}
	data, err := c.dataOf(v)
	var unknown *unknownError
	switch {
	case err == nil:
	case !errors.As(err, &unknown):
		c.fail("%s must be known while building, as its elements decide %s: %w", what, decides, err)
	case v.input != nil:
		c.fail("%s must be known while building: its elements decide %s, %s", what, decides, c.blame(unknown.variables))
	default:
		c.fail("%s %w: its elements decide %s, %s", what, ErrUnknown, decides, c.blame(unknown.variables))
	}
	return data
}

// dataOf returns the elements of a value that is known while building.
func (b *builder) dataOf(v Value) ([]float64, error) {
	if v.read != nil {
		return v.read()
	}
	return b.folded.value(v.Node)
}

// blame names the inputs and weights that a value depends on.
func (b *builder) blame(variables []*autodiff.Node) string {
	weights := make(map[*autodiff.Node]bool)
	for _, w := range b.used() {
		weights[w.Node] = true
	}
	var inputs, stored []string
	for _, n := range variables {
		if weights[n] {
			stored = append(stored, fmt.Sprintf("%q", n.Name()))
		} else {
			inputs = append(inputs, fmt.Sprintf("%q", n.Name()))
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
	switch {
	case len(stored) > 0:
		return fmt.Sprintf("but depend on data that only a run gives (%s)", strings.Join(parts, "; "))
	case len(inputs) > 1:
		return fmt.Sprintf("and depend on %s: give the data of these inputs", parts[0])
	}
	return fmt.Sprintf("and depend on %s: give that input's data (%s)", parts[0], b.naming.Of("Given", variables[0].Name(), "…"))
}

// maxSources bounds the names in an error.
const maxSources = 5
