package autodiff

import (
	"math"
	"slices"
)

// smallestTerm is the largest constant that counts as added only to keep a quotient finite, as the ε of a normalization is.
const smallestTerm = 1e-3

// degree says how a node depends on the factor c > 0 of a leaf w: f(c·w) = c^power · f(w), plus a shift, if it is not nil,
// that does not depend on w, such as a bias.
type degree struct {
	power float64
	shift *Node
}

// Invariants reports for each leaf whether y depends on it but not on its norm, apart from the ε of normalizations: so it is
// with weights whose results are normalized. It is false where that is not known.
func Invariants(y *Node, leaves []*Node) []bool {
	nodes := ancestors([]*Node{y})
	found := make([]bool, len(leaves))
	for i, w := range leaves {
		degrees := map[*Node]*degree{w: {power: 1}} // of what depends on w
		for _, n := range nodes {
			if !slices.ContainsFunc(n.in, func(x *Node) bool { return degrees[x] != nil }) {
				continue
			}
			d := n.degree(degrees)
			if d == nil {
				break // and so for all that is computed of it, up to y
			}
			degrees[n] = d
			found[i] = n == y && d.power == 0 && d.shift == nil
		}
	}
	return found
}

// degree returns the degree of a node, given those of its operands that depend on the leaf; nil if it has none.
func (n *Node) degree(of map[*Node]*degree) *degree {
	if n.op == OpAdd || n.op == OpSub {
		if d, ok := n.shifted(of); ok {
			return d
		}
	}
	powers := make([]float64, len(n.in))
	for i, x := range n.in {
		switch d := of[x]; {
		case d == nil:
		case d.shift == nil:
			powers[i] = d.power
		case n.averages() && i == 0:
			return &degree{d.power, n}
		default:
			return nil
		}
	}
	// equal reports whether some operands have the same power; a constant zero has any.
	equal := func(operands []int) (power float64, ok bool) {
		first := true
		for _, i := range operands {
			switch x := n.in[i]; {
			case x.isSplat(0):
			case first:
				power, first = powers[i], false
			case powers[i] != power:
				return 0, false
			}
		}
		return power, true
	}
	p := n.Primitive()
	linear := n.linearIn()
	switch {
	case !slices.ContainsFunc(powers, func(p float64) bool { return p != 0 }):
		return &degree{}
	case n.op == OpMul:
		return &degree{power: powers[0] + powers[1]}
	case n.op == OpDiv:
		return &degree{power: powers[0] - powers[1]}
	case n.op == OpReciprocal:
		return &degree{power: -powers[0]}
	case n.op == OpSqrt:
		return &degree{power: powers[0] / 2}
	case n.op == OpAbs, n.op == OpReLU:
		return &degree{power: powers[0]}
	case n.op == OpPow:
		if exponent, ok := n.in[1].Splat(); ok {
			return &degree{power: powers[0] * exponent}
		}
	case n.op == OpSign, n.op == OpArgMax, n.op == OpArgSort, n.op == OpWindowArgMax:
		return &degree{}
	case n.op == OpEqual, n.op == OpLess, n.op == OpLessEqual:
		if _, ok := equal([]int{0, 1}); ok {
			return &degree{}
		}
	case n.op == OpMax, n.op == OpMin:
		if power, ok := equal([]int{0, 1}); ok {
			return &degree{power: power}
		}
	case len(linear) > 0:
		sum := 0.0
		for i, power := range powers {
			if sum += power; power != 0 && !slices.Contains(linear, i) {
				return nil
			}
		}
		if !p.joint && len(linear) > 1 {
			return &degree{power: sum}
		}
		if power, ok := equal(linear); ok {
			return &degree{power: power}
		}
	}
	return nil
}

// shifted returns the degree of a sum or difference if one operand does not depend on the leaf, which is then the shift, or if
// a mean is subtracted, which removes a shift; false for other nodes.
func (n *Node) shifted(of map[*Node]*degree) (*degree, bool) {
	a, b := of[n.in[0]], of[n.in[1]]
	d, other := a, n.in[1]
	if a == nil {
		d, other = b, n.in[0]
	}
	switch {
	case a != nil && b != nil:
		if a.shift != nil && n.op == OpSub && isMeanOf(n.in[1], n.in[0], a.shift) {
			return &degree{power: a.power}, true
		}
		return nil, false
	case d.shift != nil:
		return nil, true
	case d.power == 0:
		return d, true
	}
	if v, ok := other.Splat(); ok && v >= -smallestTerm && v <= smallestTerm {
		return d, true
	}
	return &degree{d.power, other}, true
}

// isMeanOf reports whether m repeats the mean of x over axes along which a part of x, the shift, does not change, so that
// the shift is the same in both.
func isMeanOf(m, x, shift *Node) bool {
	if shift.op != OpBroadcast {
		return false
	}
	weight := 1.0
	for ; m.op != OpSum; m = m.in[0] {
		if !m.averages() {
			return false
		}
		switch m.op {
		case OpMul:
			v, _ := m.in[1].Splat()
			weight *= v
		case OpDiv:
			v, _ := m.in[1].Splat()
			weight /= v
		}
	}
	if terms := float64(x.Size()) / float64(max(m.Size(), 1)); math.Abs(weight*terms-1) > 1e-6 {
		return false
	}
	varies := shift.attr.(broadcastAttr).Axes
	return m.in[0] == x && !slices.ContainsFunc(m.attr.(axesAttr), func(axis int) bool { return slices.Contains(varies, axis) })
}

// averages reports whether n may be a step of computing a mean and repeating it.
func (n *Node) averages() bool {
	switch n.op {
	case OpSum, OpReshape, OpBroadcast:
		return true
	case OpMul, OpDiv:
		_, constant := n.in[1].Splat()
		return constant
	}
	return false
}
