package autodiff

import "slices"

// Portions cuts x into n equal parts along an axis: part i is what SliceAxis takes, but
// computed from the parts of what x is computed from, back to slices of variables and
// constants, and from what all parts have in common. So all parts together take no more
// work than x; where they would, since the parts depend on each other, there are none.
func Portions(x *Node, axis, n int) []*Node {
	if axis < 0 || axis >= x.Rank() || n < 1 || x.shape[axis]%n != 0 {
		fail("portions", "shape %v has no %d equal parts along axis %d", x.shape, n, axis)
	}
	d := division{parts: n, pieces: make(map[*Node][]piece)}
	whole := grain{axis, 1}
	d.want(x, whole)
	order := ancestors([]*Node{x})
	for _, y := range slices.Backward(order) {
		for k := range d.pieces[y] {
			d.pass(y, &d.pieces[y][k])
		}
	}
	if d.repeats() {
		return nil
	}
	parts := make([]*Node, n)
	for i := range parts {
		d.cut(order, i)
		parts[i] = d.part(x, whole)
	}
	return parts
}

// grain says which elements of a tensor are a part: the axis is a number of runs one
// after the other, as an axis is that a reshape made of several, and each run is cut into
// the parts. The axis −1 is for all elements.
type grain struct{ axis, runs int }

// at is the same along another axis.
func (g grain) at(axis int) grain { return grain{axis, g.runs} }

var uncut = grain{axis: -1}

// division is how some nodes are cut into parts, each in one way or more.
type division struct {
	parts  int
	pieces map[*Node][]piece
	all    []*Node // nodes that are needed as they are
}

// piece says how the parts of a node come about: those of its operands are put into the
// primitive with attr. Those of variables and constants are slices.
type piece struct {
	grain    grain
	attr     attr
	operands []grain
	part     *Node // the present one
}

// want asks for the parts of a node.
func (d *division) want(n *Node, g grain) {
	if !slices.ContainsFunc(d.pieces[n], func(p piece) bool { return p.grain == g }) {
		d.pieces[n] = append(d.pieces[n], piece{grain: g})
	}
}

// pass finds how the parts of a node come from its operands', and asks for these.
func (d *division) pass(n *Node, p *piece) {
	ok := false
	switch row := n.Primitive(); {
	case len(n.in) == 0:
	case row.Elementwise():
		p.attr, p.operands, ok = n.attr, slices.Repeat([]grain{p.grain}, len(n.in)), true
	case row.part != nil:
		p.attr, p.operands, ok = row.part(n, p.grain, d.parts)
	}
	if !ok {
		d.all = append(d.all, n)
		return
	}
	for i, g := range p.operands {
		if g != uncut {
			d.want(n.in[i], g)
		} else {
			d.all = append(d.all, n.in[i])
		}
	}
}

// repeats reports whether a node is computed more than once: as a whole, or cut in
// another way, besides its parts.
func (d *division) repeats() bool {
	computed := func(n *Node) bool { return len(n.in) > 0 && len(d.pieces[n]) > 0 }
	for n, list := range d.pieces {
		if computed(n) && len(list) > 1 {
			return true
		}
	}
	return slices.ContainsFunc(ancestors(d.all), computed)
}

// cut makes part i of all nodes that are cut, which are in order.
func (d *division) cut(order []*Node, i int) {
	for _, n := range order {
		for k := range d.pieces[n] {
			p := &d.pieces[n][k]
			if len(n.in) == 0 {
				p.part = p.grain.slice(n, i, d.parts)
				continue
			}
			in := slices.Clone(n.in)
			for j, g := range p.operands {
				if g != uncut {
					in[j] = d.part(in[j], g)
				}
			}
			p.part = n.g.apply(n.op, p.attr, in...)
		}
	}
}

// part returns the present part of a node.
func (d *division) part(n *Node, g grain) *Node {
	k := slices.IndexFunc(d.pieces[n], func(p piece) bool { return p.grain == g })
	return d.pieces[n][k].part
}

// slice takes part i of a node out of it.
func (g grain) slice(n *Node, i, parts int) *Node {
	size := n.shape[g.axis] / g.runs / parts
	runs := slices.Insert(slices.Clone(n.shape), g.axis, g.runs)
	runs[g.axis+1] /= g.runs
	taken := SliceAxis(Reshape(n, runs...), g.axis+1, i*size, (i+1)*size)
	return Reshape(taken, divided(n.shape, g.axis, parts)...)
}

// divided returns the sizes with that of an axis divided.
func divided(sizes []int, axis, parts int) []int {
	out := slices.Clone(sizes)
	out[axis] /= parts
	return out
}
