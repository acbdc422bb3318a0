package lower

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"onnx-metainit/autodiff"
)

// advise adds to the error of a node that cannot be lowered which tensors before it a loss can be taken of. Other errors
// than ErrUnknown stay as they are.
func (b *builder) advise(err error, target *Node, order []*application, vs values, inputs []*Input) error {
	if !errors.Is(err, ErrUnknown) {
		return err
	}
	names := b.before(failed(target, vs), order, vs, inputs)
	names = slices.DeleteFunc(names, func(name string) bool {
		return slices.ContainsFunc(inputs, func(in *Input) bool { return in.Name == name })
	})
	if len(names) == 0 {
		return err
	}
	for i, name := range names {
		names[i] = b.naming.Of("Outputs", name, "")
	}
	return fmt.Errorf("%w; the loss can be taken of what comes before: %s", err, strings.Join(names, " "))
}

// failed returns the operation for which the target has no value, nil if it is none of these.
func failed(target *Node, vs values) *application {
	a := target.maker
	for a != nil {
		i := slices.IndexFunc(a.in, func(n *Node) bool { return vs.errs[n] != nil && n.maker != nil })
		if i < 0 {
			break
		}
		a = a.in[i].maker
	}
	return a
}

// before returns the names of the tensors to take in place of what an operation makes: the last one that everything goes
// through on its way from the weights and inputs to the operation, else all of the operation's operands that those reach.
func (b *builder) before(a *application, order []*application, vs values, inputs []*Input) []string {
	if a == nil {
		return nil
	}
	var sources []*autodiff.Node // the inputs too: where all weights lead to the operation alone, they are constants here
	for _, w := range b.used() {
		sources = append(sources, w.Node)
	}
	for _, in := range inputs {
		sources = append(sources, in.Node)
	}
	reached := func(n *Node) []bool {
		if v := vs.of[n]; v.Node != nil && isFloat(v.DataType) {
			return autodiff.Reaches(v.Node, sources)
		}
		return make([]bool, len(sources))
	}
	var operands []*Node
	all := make([]bool, len(sources))
	for _, n := range a.in {
		if from := reached(n); slices.Contains(from, true) && !slices.Contains(operands, n) {
			operands = append(operands, n)
			for i, r := range from {
				all[i] = all[i] || r
			}
		}
	}
	if len(operands) == 0 {
		return nil
	}
	common := behind(operands[0], order)
	for _, n := range operands[1:] {
		other := behind(n, order)
		for c := range common {
			if !other[c] {
				delete(common, c)
			}
		}
	}
	tries := 0
	for _, maker := range slices.Backward(order) {
		for _, n := range maker.out {
			if !common[n] || tries == maxTries {
				continue
			}
			if tries++; slices.Equal(reached(n), all) {
				return []string{n.name}
			}
		}
	}
	var names []string
	for _, n := range operands {
		names = append(names, n.name)
	}
	return names
}

// behind returns the node and all that it is computed from, by operations of the order.
func behind(n *Node, order []*application) map[*Node]bool {
	seen := map[*Node]bool{n: true}
	for _, a := range slices.Backward(order) {
		if anyOf(seen, a.out) {
			for _, in := range a.in {
				seen[in] = true
			}
		}
	}
	return seen
}
