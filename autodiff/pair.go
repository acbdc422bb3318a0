package autodiff

import (
	"slices"

	"onnx-metainit/autodiff/internal/kernel"
)

// pairs are the loops that do two operations at once, by the first and the second:
// they save writing and reading the first result.
var pairs = map[[2]Op]kernels{
	{OpAdd, OpAdd}: {kernel.Float32.AddAdd, kernel.AddAdd[float64]},
	{OpAdd, OpMul}: {kernel.Float32.AddMul, kernel.AddMul[float64]},
	{OpSub, OpMul}: {kernel.Float32.SubMul, kernel.SubMul[float64]},
	{OpMul, OpAdd}: {kernel.Float32.MulAdd, kernel.MulAdd[float64]},
	{OpMul, OpMul}: {kernel.Float32.MulMul, kernel.MulMul[float64]},
}

// loops returns the loop that computes an instruction.
func (i instruction) loops() kernels {
	if i.first != nil {
		return pairs[[2]Op{i.first.op, i.node.op}]
	}
	return i.node.Primitive().block
}

// paired returns, by node of a fused cluster, the node that is computed in one loop
// with it: an operand that nobody else reads and that is not stored.
func paired(c *cluster, stored func(*Node) (int, bool)) map[*Node]*Node {
	readers := make(map[*Node]int)
	for _, n := range c.nodes {
		for _, x := range n.in {
			readers[unstopped(x)]++
		}
	}
	for _, n := range c.sums {
		readers[unstopped(n.in[0])]++
	}
	with := make(map[*Node]*Node)
	for _, n := range c.nodes {
		for _, x := range n.in {
			x = unstopped(x)
			_, ok := pairs[[2]Op{x.op, n.op}]
			if !ok || readers[x] != 1 || with[x] != nil || !slices.Contains(c.nodes, x) || !full(x) {
				continue
			}
			if _, kept := stored(x); !kept {
				with[n] = x
				break
			}
		}
	}
	return with
}

// full reports whether an operand of x has an element for each of x's, and may so
// be the first of a pair: it is put there if the order does not matter.
func full(x *Node) bool {
	_, first := x.in[0].Splat()
	_, second := x.in[1].Splat()
	return !first || !second && x.op != OpSub
}

// operandsOf returns the operands of the loop for n: those of the node paired with
// it, then the other one of n.
func operandsOf(n, first *Node) []*Node {
	if first == nil {
		return n.in
	}
	other := n.in[0]
	if unstopped(other) == first {
		other = n.in[1]
	}
	a, b := first.in[0], first.in[1]
	if _, splat := a.Splat(); splat {
		a, b = b, a
	}
	return []*Node{a, b, other}
}
