package autodiff

import (
	"onnx-metainit/autodiff/internal/kernel"
	"onnx-metainit/autodiff/internal/program"
)

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
		p.bind.f64(n, program.RowMajor(len(n.in)), ws, dst, in)()
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
