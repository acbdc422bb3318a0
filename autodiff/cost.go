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
	if count := n.Primitive().multiplyAdds; count != nil {
		return count(n)
	}
	return 0
}

func dotMultiplyAdds(n *Node) int64 {
	a := n.in[0]
	inner := a.shape[a.Rank()-1]
	if n.attr.(dotAttr).TransA {
		inner = a.shape[a.Rank()-2]
	}
	return int64(n.Size()) * int64(inner)
}

// convMultiplyAdds returns those of a convolution that sees an image of the size of a node's operand y, or of the node itself if
// that is −1, through filters of the shape of operand w, or of the node's own.
func convMultiplyAdds(y, w int) func(n *Node) int64 {
	return func(n *Node) int64 {
		of := func(i int) *Node {
			if i < 0 {
				return n
			}
			return n.in[i]
		}
		return int64(of(y).Size()) * int64(sizeOf(of(w).shape[1:]))
	}
}
