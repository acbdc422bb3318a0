package autodiff

import "slices"

// Value returns the elements of n, row by row, if they are known while
// building: constants and everything computed from constants alone. Do not
// change them.
func (n *Node) Value() ([]float64, bool) {
	switch {
	case !n.known():
		return nil, false
	case n.op == OpConst:
		return n.leaf.data, true
	}
	return evaluate(n, [][]float64{n.in[0].leaf.data}), true
}

// known reports whether n has a value while building, without computing it.
func (n *Node) known() bool {
	return n.op == OpConst || n.op == OpBroadcast && n.in[0].op == OpConst && n.Size() <= foldLimit
}

// fold computes the elements of a node of constants at once, false if it is not one or too
// large. Broadcasts stay: they take no memory.
func (g *Graph) fold(op Op, a attr, in []*Node, shape []int) ([]float64, bool) {
	if op == OpBroadcast || sizeOf(shape) > foldLimit || slices.ContainsFunc(in, func(x *Node) bool { return !x.known() }) {
		return nil, false
	}
	data := make([][]float64, len(in))
	for i, x := range in {
		data[i], _ = x.Value()
	}
	n := &Node{kind: &kind{g: g, op: op, attr: a, shape: shape}, in: slices.Clone(in)}
	return evaluate(n, data), true
}
