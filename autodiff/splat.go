package autodiff

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

// findSplat notes whether all elements of n have one known value. Nodes are asked for it many times, and most have none.
func (n *Node) findSplat() {
	n.splat = n.op == OpConst && len(n.leaf.data) == 1 || n.op == OpBroadcast && n.in[0].op == OpConst && n.in[0].splat
}

func (n *Node) isSplat(v float64) bool {
	s, ok := n.Splat()
	return ok && s == v
}

// isStatic reports whether x is a constant, or a repeated one.
func isStatic(x *Node) bool {
	return x.op == OpConst || x.op == OpBroadcast && x.in[0].op == OpConst
}
