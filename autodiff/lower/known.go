package lower

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"onnx-metainit/autodiff"
)

// known are the values of nodes while the graph is built: of the variables whose elements are given, and of what was
// computed of them because a shape asked for it.
type known struct {
	values   map[*autodiff.Node]folding
	given    int // elements
	computed int // elements
}

// give notes the elements of a variable.
func (k *known) give(n *autodiff.Node, elements []float64, double bool) {
	k.values[n] = folding{elements, double}
	k.given += len(elements)
}

// folding are the elements of a node, row by row.
type folding struct {
	elements []float64
	double   bool // of type double, or made of what is
}

// ErrUnknown is the kind of the errors of operators whose operands must be known while building and are not, as the boxes
// of NonMaxSuppression.
var ErrUnknown = errors.New("must be known while building")

// unknownError says of which variables a value depends that only a run gives.
type unknownError struct{ variables []*autodiff.Node }

func (e *unknownError) Error() string { return "it depends on data that only a run gives" }

// value returns the elements of a node of constants and given variables, computing those that it depends on, each once.
// The error is an *unknownError if it depends on other variables.
//
// The numbers here have more bits than those of a runtime: fractions are rounded to float32 after each operation, so that
// what is made whole of them is the same, unless something that they are made of is of type double.
func (k *known) value(n *autodiff.Node) ([]float64, error) {
	if v, ok := n.Value(); ok {
		return v, nil
	}
	order, double, unknown := k.pending(n, false)
	if unknown != nil {
		return nil, unknown
	}
	limit := maxComputed + maxPerGiven*k.given
	for _, n := range order {
		if k.computed += n.Size(); k.computed > limit {
			return nil, fmt.Errorf("more than %d elements would have to be computed while building", limit)
		}
		if n.Primitive().Product() && autodiff.MultiplyAdds([]*autodiff.Node{n}) > maxProductWork {
			return nil, fmt.Errorf("more than %d multiply-adds would have to be done while building", maxProductWork)
		}
		operands := make([][]float64, len(n.Operands()))
		for i, x := range n.Operands() {
			operands[i], _ = k.elements(x)
		}
		v, err := n.Compute(operands)
		if err != nil {
			return nil, err
		}
		if !double {
			roundFractions(v)
		}
		k.values[n] = folding{v, double}
	}
	v, _ := k.elements(n)
	return v, nil
}

// peek returns the elements of a node if a run need not tell.
func (k *known) peek(n *autodiff.Node) ([]float64, bool) {
	if v, ok := n.Value(); ok || len(k.values) == 0 {
		return v, ok
	}
	if _, _, unknown := k.pending(n, true); unknown != nil {
		return nil, false
	}
	v, err := k.value(n)
	return v, err == nil
}

// elements returns the elements of a node if they are there.
func (k *known) elements(n *autodiff.Node) ([]float64, bool) {
	if n.Op() == autodiff.OpConst {
		return n.Value()
	}
	d, ok := k.values[n]
	return d.elements, ok
}

// pending returns the nodes that are still to be computed for n, operands first, and whether one that they are made of is of
// type double. With first it stops at the first variable that is unknown.
func (k *known) pending(n *autodiff.Node, first bool) (order []*autodiff.Node, double bool, unknown *unknownError) {
	seen := make(map[*autodiff.Node]bool) // and whether it is in order
	var variables []*autodiff.Node
	stack := []*autodiff.Node{n}
	for len(stack) > 0 {
		n := stack[len(stack)-1]
		listed, visited := seen[n]
		if visited {
			stack = stack[:len(stack)-1]
			if !listed {
				seen[n], order = true, append(order, n)
			}
			continue
		}
		_, ok := k.elements(n)
		if seen[n] = ok || n.Op() == autodiff.OpVariable; !seen[n] {
			stack = append(stack, n.Operands()...)
			continue
		}
		double = double || k.values[n].double
		if !ok {
			variables = append(variables, n)
			if first {
				break
			}
		}
	}
	if len(variables) > 0 {
		return nil, false, &unknownError{variables}
	}
	return order, double, nil
}

func roundFractions(v []float64) {
	for i, x := range v {
		if x != math.Floor(x) {
			v[i] = float64(float32(x))
		}
	}
}

// decided returns the elements of a value that decides shapes, or what is computed at all. The error says what they depend on.
func (c *call) decided(v value, what, decides string) []float64 {
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
func (b *builder) dataOf(v value) ([]float64, error) {
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
