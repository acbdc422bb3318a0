package autodiff

import "slices"

// Grad returns the derivatives of a scalar y by the nodes xs, as nodes of the
// same graph; zero derivatives are constants. It is VJP with the cotangent 1.
func Grad(y *Node, xs []*Node) []*Node {
	if y.Rank() != 0 {
		fail("grad", "needs a scalar, got shape %v", y.shape)
	}
	grads := VJP([]*Node{y}, []*Node{y.g.Scalar(1)}, xs)
	for i, dx := range grads {
		if dx == nil {
			grads[i] = y.g.fill(0, xs[i].shape)
		}
	}
	return grads
}

// VJP returns the cotangents of xs when those of ys are dys: the products of
// dys with the Jacobians, as nodes of the same graph. A nil cotangent is zero,
// in dys and in the result.
func VJP(ys, dys, xs []*Node) []*Node {
	if len(ys) == 0 {
		return make([]*Node, len(xs))
	}
	nodes := ancestors(ys)
	depends := dependents(nodes, xs)
	byRoot := !slices.ContainsFunc(xs, inChain)
	cotangents := make([]*Node, ys[0].g.Len()) // by number
	fromSlices := make(map[*Node][]sliced)     // cotangents of slices of a node, until its own is needed
	for i, y := range ys {
		cotangents[y.id] = plus(cotangents[y.id], dys[i])
	}
	for k := len(nodes) - 1; k >= 0; k-- {
		n := nodes[k]
		if list := fromSlices[n]; list != nil {
			cotangents[n.id] = plus(cotangents[n.id], unslice(list, n.shape))
		}
		dy := cotangents[n.id]
		if dy == nil || dy.isSplat(0) || !depends[n.id] {
			continue
		}
		if byRoot && n.curved {
			if slope := n.slope(); slope != nil {
				cotangents[n.root] = plus(cotangents[n.root], timesSlope(slope, dy))
			}
			continue
		}
		p := n.Primitive()
		for i, x := range n.in {
			if !depends[x.id] {
				continue
			}
			switch {
			case n.op == OpSlice:
				fromSlices[x] = append(fromSlices[x], sliced{n.attr.(sliceAttr), dy})
			case p.partial != nil:
				cotangents[x.id] = plus(cotangents[x.id], n.along(i, dy))
			case isLinearIn(n, i):
				cotangents[x.id] = plus(cotangents[x.id], p.transpose(n, i, dy))
			}
		}
	}
	out := make([]*Node, len(xs))
	for i, x := range xs {
		out[i] = cotangents[x.id]
	}
	return out
}

// dependents marks, by number, the given nodes that are one of xs or computed from one by
// differentiable primitives. The nodes are in order, operands first.
func dependents(nodes, xs []*Node) []bool {
	if len(nodes) == 0 {
		return nil
	}
	depends := make([]bool, nodes[0].g.Len())
	for _, x := range xs {
		depends[x.id] = true
	}
	for _, n := range nodes {
		if depends[n.id] || !n.Primitive().Differentiable() {
			continue
		}
		for i, x := range n.in {
			if depends[x.id] && (n.Primitive().partial != nil || isLinearIn(n, i)) {
				depends[n.id] = true
				break
			}
		}
	}
	return depends
}

// Dependents says of y and of each node that it is computed from whether it depends on xs: whether it is one of them, or is
// computed from one by differentiable primitives.
func Dependents(y *Node, xs ...*Node) map[*Node]bool {
	nodes := ancestors([]*Node{y})
	marked := dependents(nodes, xs)
	depends := make(map[*Node]bool, len(nodes))
	for _, n := range nodes {
		depends[n] = marked[n.id]
	}
	return depends
}

// Reaches reports for each of xs whether a differentiable path leads from it to
// y.
func Reaches(y *Node, xs []*Node) []bool {
	reached := map[*Node]bool{y: true}
	nodes := ancestors([]*Node{y})
	for k := len(nodes) - 1; k >= 0; k-- {
		n := nodes[k]
		if !reached[n] {
			continue
		}
		for i, x := range n.in {
			if n.Primitive().partial != nil || isLinearIn(n, i) {
				reached[x] = true
			}
		}
	}
	out := make([]bool, len(xs))
	for i, x := range xs {
		out[i] = reached[x]
	}
	return out
}

// Reached reports for each of ys whether a differentiable path leads to it from
// one of xs. A node is reached from itself.
func Reached(ys, xs []*Node) []bool {
	reached := dependents(ancestors(ys), xs)
	out := make([]bool, len(ys))
	for i, y := range ys {
		out[i] = reached[y.id]
	}
	return out
}

// Uses reports for each of ys whether it is computed from one of xs.
func Uses(ys, xs []*Node) []bool {
	used := make(map[*Node]bool, len(xs))
	for _, x := range xs {
		used[x] = true
	}
	for _, n := range ancestors(ys) {
		used[n] = used[n] || slices.ContainsFunc(n.in, func(x *Node) bool { return used[x] })
	}
	out := make([]bool, len(ys))
	for i, y := range ys {
		out[i] = used[y]
	}
	return out
}
