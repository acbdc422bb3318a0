package autodiff

import "onnx-metainit/autodiff/internal/kernel"

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
func (i *instruction) loops() kernels {
	if first := i.first(); first != nil {
		return pairs[[2]Op{first.op, i.node.op}]
	}
	return i.node.Primitive().block
}

// pair finds for the nodes of a fused cluster the node that is computed in one loop
// with each: an operand that nobody else reads and that is not stored.
func (u *fuser) pair(c *cluster) {
	for _, n := range c.nodes {
		for _, x := range n.in {
			u.at(unstopped(x)).readers++
		}
	}
	for _, n := range c.sums {
		u.at(unstopped(n.in[0])).readers++
	}
	for _, n := range c.nodes {
		for _, x := range n.in {
			x = unstopped(x)
			e := u.at(x)
			if !e.inside || e.stored || e.readers != 1 || e.with != nil {
				continue
			}
			if _, ok := pairs[[2]Op{x.op, n.op}]; ok && full(x) {
				u.at(n).with, e.inner = x, true
				break
			}
		}
	}
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
func operandsOf(n, first *Node) (operands [3]*Node, count int) {
	if first == nil {
		return operands, copy(operands[:], n.in)
	}
	other := n.in[0]
	if unstopped(other) == first {
		other = n.in[1]
	}
	a, b := first.in[0], first.in[1]
	if _, splat := a.Splat(); splat {
		a, b = b, a
	}
	return [3]*Node{a, b, other}, 3
}
