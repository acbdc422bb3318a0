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
	if !n.Primitive().Product() {
		return 0
	}
	return n.Primitive().multiplyAdds(n)
}

func dotMultiplyAdds(n *Node) int64 {
	a := n.in[0]
	inner := a.shape[a.Rank()-1]
	if n.attr.(dotAttr).TransA {
		inner = a.shape[a.Rank()-2]
	}
	return int64(n.Size()) * int64(inner)
}

// convMultiplyAdds is for a convolution of which y is the result of Conv, and w the
// filters.
func convMultiplyAdds(y, w *Node) int64 { return int64(y.Size()) * int64(sizeOf(w.shape[1:])) }
