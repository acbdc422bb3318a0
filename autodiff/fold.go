package autodiff

import (
	"slices"

	"onnx-metainit/autodiff/internal/kernel"
	"onnx-metainit/autodiff/internal/program"
)

// foldLimit bounds the elements of a result that is computed while building.
const foldLimit = 1 << 22

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

// Splat returns the value that all elements of n are known to have.
func (n *Node) Splat() (float64, bool) {
	if !n.splat {
		return 0, false
	}
	if n.op == OpBroadcast {
		n = n.in[0]
	}
	return n.leaf.data[0], true
}

// findSplat notes whether n has a value for all elements: most are asked for it many times, and have none.
func (n *Node) findSplat() {
	n.splat = n.op == OpConst && len(n.leaf.data) == 1 || n.op == OpBroadcast && n.in[0].op == OpConst && n.in[0].splat
}

func (n *Node) isSplat(v float64) bool {
	s, ok := n.Splat()
	return ok && s == v
}

// fold computes a node of constants at once, nil if it is not one or too large.
// Broadcasts stay: they take no memory.
func (g *Graph) fold(op Op, a attr, in []*Node, shape []int) *Node {
	if op == OpBroadcast || sizeOf(shape) > foldLimit || slices.ContainsFunc(in, func(x *Node) bool { return !x.known() }) {
		return nil
	}
	data := make([][]float64, len(in))
	for i, x := range in {
		data[i], _ = x.Value()
	}
	n := &Node{kind: &kind{g: g, op: op, attr: a, shape: shape}, in: slices.Clone(in)}
	return g.Const(evaluate(n, data), shape...)
}

// evaluate computes one node from the contiguous values of its operands: the
// plain meaning of each primitive, without a plan.
func evaluate(n *Node, in [][]float64) []float64 {
	p := n.Primitive()
	dst := make([]float64, n.Size())
	ws := kernel.NewWorkspace[float64](1)
	switch {
	case len(dst) == 0:
	case p.view != nil:
		l, _ := p.view(n, kernel.Contiguous(n.in[0].shape))
		kernel.Copy(ws, dst, kernel.Contiguous(n.shape), in[0], l)()
	case p.Elementwise():
		views := make([]layout, len(in))
		for i := range views {
			views[i] = kernel.Contiguous(n.shape)
		}
		kernel.Elementwise(dst, in, views, p.block.F64)
	default:
		p.bind.f64(n, program.Rows(len(n.in)), ws, dst, in)()
	}
	return dst
}

// Compute applies the primitive of n to the row-major values of its operands,
// with the reference kernels in float64. Leaves have nothing to compute. The
// only errors are those of data.
func (n *Node) Compute(operands [][]float64) (result []float64, err error) {
	err = Maybe(func() {
		if n.op == OpVariable || n.op == OpConst {
			fail("compute", "%v is a leaf", n)
		}
		for i, x := range n.in {
			if i >= len(operands) || len(operands[i]) != x.Size() {
				fail("compute", "the operands of %v do not fit", n)
			}
		}
		result = evaluate(n, operands)
	})
	return result, err
}

// Evaluate computes nodes in float64 by walking the graph, one primitive after
// the other. It is the definition that programs are compared with; it holds all
// values at once. Every variable that the nodes depend on needs a value.
func Evaluate(outputs []*Node, variables map[*Node][]float64) (values [][]float64, err error) {
	err = Maybe(func() {
		known := make(map[*Node][]float64)
		for _, n := range ancestors(outputs) {
			switch n.op {
			case OpConst:
				known[n] = n.leaf.data
			case OpVariable:
				v, ok := variables[n]
				if !ok || len(v) != n.Size() {
					fail("evaluate", "variable %q of shape %v has %d values", n.Name(), n.shape, len(v))
				}
				known[n] = v
			default:
				in := make([][]float64, len(n.in))
				for i, x := range n.in {
					in[i] = known[x]
				}
				known[n] = evaluate(n, in)
			}
		}
		for _, n := range outputs {
			values = append(values, known[n])
		}
	})
	return values, err
}

// ancestors returns the nodes that the given ones are computed from, and those
// themselves, operands first.
func ancestors(nodes []*Node) []*Node {
	if len(nodes) == 0 {
		return nil
	}
	needed, total, _ := needed(nodes)
	list := make([]*Node, 0, total)
	for id, is := range needed {
		if is {
			list = append(list, nodes[0].g.nodes.at(id))
		}
	}
	return list
}

// needed tells by number which nodes the given ones are computed from, those themselves among them, how many these are, and how
// many operands they have.
func needed(nodes []*Node) (needed []bool, count, operands int) {
	last := 0
	for _, n := range nodes {
		last = max(last, n.ID())
	}
	needed = make([]bool, last+1)
	for _, n := range nodes {
		needed[n.id] = true
	}
	for id := last; id >= 0; id-- { // users have greater numbers than their operands
		if !needed[id] {
			continue
		}
		in := nodes[0].g.nodes.at(id).in
		count++
		operands += len(in)
		for _, x := range in {
			needed[x.id] = true
		}
	}
	return needed, count, operands
}
