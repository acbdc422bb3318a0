package autodiff

// MultiplyAdds returns the multiply-adds of the products (Dot and the three
// convolutions) that the given nodes are computed by. Elementwise work is not
// counted.
func MultiplyAdds(nodes []*Node) int64 {
	var total int64
	for _, n := range ancestors(nodes) {
		total += n.multiplyAdds()
	}
	return total
}

func (n *Node) multiplyAdds() int64 {
	switch n.op {
	case OpDot:
		a := n.in[0]
		inner := a.shape[a.Rank()-1]
		if n.attr.(dotAttr).TransA {
			inner = a.shape[a.Rank()-2]
		}
		return int64(n.Size()) * int64(inner)
	case OpConv: // n.in[1] is w
		return int64(n.Size()) * int64(sizeOf(n.in[1].shape[1:]))
	case OpConvInput: // n.in[0] is dy, n.in[1] is w
		return int64(n.in[0].Size()) * int64(sizeOf(n.in[1].shape[1:]))
	case OpConvFilter: // n.in[1] is dy, n is w
		return int64(n.in[1].Size()) * int64(sizeOf(n.shape[1:]))
	}
	return 0
}
