package autodiff

import "slices"

// along is the chain rule: what a tangent d of operand i adds to that of n, or a cotangent
// d of n to that of operand i.
func (n *Node) along(i int, d *Node) *Node {
	p := n.Primitive()
	d = times(p.partial(n, i), d)
	if p.gate != nil {
		d = p.gate(n, i).pass(d)
	}
	return d
}

// slopeAlong is along for the slope of operand i. What it is behind stays outermost, so that
// all slopes behind a gate add up to one that is.
func (n *Node) slopeAlong(i int, slope *Node) *Node {
	through, x := slope.gates()
	return pass(n.along(i, x), through)
}

// timesSlope returns slope·d, 0 where slope is behind a closed gate, whatever d is there.
func timesSlope(slope, d *Node) *Node {
	through, x := slope.gates()
	return pass(times(x, d), through)
}

// times returns a·b. Where one is behind a closed gate and the other has a pole, it is 0
// whatever the pole gives: so y/x, guarded by a selection, has finite derivatives where
// x = 0. Without a pole a gate stays where it is, for all that read it.
func times(a, b *Node) *Node {
	x, through := guarded(a, b)
	y, too := guarded(b, a)
	return pass(Mul(x, y), append(through, too...))
}

// guarded returns the gates of a if they can be meant to keep b from a pole, and what goes
// into them.
func guarded(a, b *Node) (x *Node, through []gate) {
	if a.guard == none || !b.pole {
		return a, nil
	}
	if through, x = a.gates(); !through[0].tells(b) {
		return a, nil
	}
	return x, through
}

// tells reports whether the gate can be meant for the poles of x. The poles of a repeated
// factor, as the 1/σ of a normalization is, need a mask that is repeated in the same way.
func (a gate) tells(x *Node) bool {
	if x.op != OpBroadcast {
		return true
	}
	mask, ok := a.mask.attr.(broadcastAttr)
	return ok && !slices.ContainsFunc(mask.Axes, func(axis int) bool {
		return !slices.Contains(x.attr.(broadcastAttr).Axes, axis)
	})
}

// pass returns x behind gates.
func pass(x *Node, through []gate) *Node {
	for i := len(through) - 1; i >= 0; i-- {
		x = through[i].pass(x)
	}
	return x
}

// gates returns those that n is behind, outermost first, and what goes into them: n itself
// if it does not come right out of them. Without a gate there are none.
func (n *Node) gates() (list []gate, x *Node) {
	for x = n; x.guard == x.id && x.op == OpSelect && len(list) < maxGates; {
		a := x.gate()
		if list = append(list, a); a.open {
			x = x.in[1]
		} else {
			x = x.in[2]
		}
	}
	if list == nil && n.guard != none {
		list = append(list, n.behind().gate())
	}
	return list, x
}

// gate returns the gate that a guard is, or a view of.
func (n *Node) gate() gate {
	if n.op == OpSelect {
		return n.selection()
	}
	a := n.in[0].behind().gate()
	a.mask = n.g.apply(n.op, n.attr, a.mask)
	return a
}

// pass returns x where the gate is open, else 0.
func (a gate) pass(x *Node) *Node {
	zero := x.g.Scalar(0)
	if a.open {
		return Select(a.mask, x, zero)
	}
	return Select(a.mask, zero, x)
}
