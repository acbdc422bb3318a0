package autodiff

// Rebuild returns ys computed anew, where replace stands in for some nodes: it gets each node that ys need after its
// operands, with what is computed in the node's place so far, and returns what is to take that place.
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
