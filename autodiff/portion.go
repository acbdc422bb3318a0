package autodiff

import "slices"

// Portions splits x into n equal portions along an axis. Portion i has the elements that
// SliceAxis would take, but is computed from portions of its operands, and these from
// portions of theirs, down to slices of variables and constants. What all portions need
// as a whole they share. So all portions together take no more work than x. nil is
// returned where they would, because portions depend on each other.
func Portions(x *Node, axis, n int) []*Node {
	if axis < 0 || axis >= x.Rank() || n < 1 || x.shape[axis]%n != 0 {
		fail("portions", "shape %v has no %d equal parts along axis %d", x.shape, n, axis)
	}
	d := division{portions: n, pieces: make(map[*Node][]piece)}
	by := split{axis, 1}
	d.want(x, by)
	nodes := ancestors([]*Node{x})
	for _, y := range slices.Backward(nodes) {
		for k := range d.pieces[y] {
			d.divide(y, &d.pieces[y][k])
		}
	}
	if d.repeats() {
		return nil
	}
	portions := make([]*Node, n)
	for i := range portions {
		d.build(nodes, i)
		portions[i] = d.portion(x, by)
	}
	return portions
}

// division is how nodes are divided into portions.
type division struct {
	portions int
	pieces   map[*Node][]piece // of each node, one for each way in which it is split
	all      []*Node           // nodes that are needed as a whole
}

// piece is a node under one split: its portion is the primitive, with attr, of portions of
// the operands. The portion of a variable or a constant is a slice.
type piece struct {
	by       split
	attr     attr
	operands []split
	portion  *Node // the present one, see build
}

// want asks for the portions of a node.
func (d *division) want(n *Node, by split) {
	if !slices.ContainsFunc(d.pieces[n], func(p piece) bool { return p.by == by }) {
		d.pieces[n] = append(d.pieces[n], piece{by: by})
	}
}

// divide finds the attribute and the splits of the operands, and asks for these.
func (d *division) divide(n *Node, p *piece) {
	ok := false
	switch row := n.Primitive(); {
	case len(n.in) == 0:
	case row.Elementwise():
		p.attr, p.operands, ok = n.attr, slices.Repeat([]split{p.by}, len(n.in)), true
	case row.portion != nil:
		p.attr, p.operands, ok = row.portion(n, p.by, d.portions)
	}
	if !ok {
		d.all = append(d.all, n)
		return
	}
	for i, by := range p.operands {
		if by != unsplit {
			d.want(n.in[i], by)
		} else {
			d.all = append(d.all, n.in[i])
		}
	}
}

// repeats reports whether some node would be computed more than once: under two splits, or
// as a whole besides its portions.
func (d *division) repeats() bool {
	computed := func(n *Node) bool { return len(n.in) > 0 && len(d.pieces[n]) > 0 }
	for n, list := range d.pieces {
		if computed(n) && len(list) > 1 {
			return true
		}
	}
	return slices.ContainsFunc(ancestors(d.all), computed)
}

// build makes portion i of all pieces. The nodes are in order, operands first.
func (d *division) build(nodes []*Node, i int) {
	for _, n := range nodes {
		for k := range d.pieces[n] {
			p := &d.pieces[n][k]
			if len(n.in) == 0 {
				p.portion = p.by.slice(n, i, d.portions)
				continue
			}
			in := slices.Clone(n.in)
			for j, by := range p.operands {
				if by != unsplit {
					in[j] = d.portion(in[j], by)
				}
			}
			p.portion = n.g.apply(n.op, p.attr, in...)
		}
	}
}

// portion returns the present portion of a node.
func (d *division) portion(n *Node, by split) *Node {
	k := slices.IndexFunc(d.pieces[n], func(p piece) bool { return p.by == by })
	return d.pieces[n][k].portion
}

// slice takes portion i of a node out of it.
func (by split) slice(n *Node, i, portions int) *Node {
	size := n.shape[by.axis] / by.runs / portions
	runs := slices.Insert(slices.Clone(n.shape), by.axis, by.runs)
	runs[by.axis+1] /= by.runs
	taken := SliceAxis(Reshape(n, runs...), by.axis+1, i*size, (i+1)*size)
	return Reshape(taken, divided(n.shape, by.axis, portions)...)
}
