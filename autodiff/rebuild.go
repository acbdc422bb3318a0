package autodiff

// Rebuild returns ys with some of the nodes that they are computed from replaced. It calls replace for each of these, operands
// first, with the node and the same node of replaced operands, and takes what replace returns in its place.
func Rebuild(ys []*Node, replace func(n, anew *Node) *Node) []*Node {
	place := make(map[*Node]*Node)
	for _, n := range ancestors(ys) {
		anew := n
		in := make([]*Node, len(n.in))
		for i, x := range n.in {
			in[i] = place[x]
			if in[i] != x {
				anew = nil
			}
		}
		if anew == nil {
			anew = n.g.apply(n.op, n.attr, in...)
		}
		place[n] = replace(n, anew)
	}
	out := make([]*Node, len(ys))
	for i, y := range ys {
		out[i] = place[y]
	}
	return out
}
