package autodiff

import "slices"

// simplify returns a node that already is, or more cheaply computes, what the
// primitive would; nil if there is none. It is applied to every node as it is
// built, so graphs never hold what it removes.
func (g *Graph) simplify(op Op, a attr, in []*Node, shape []int) *Node {
	if n := g.dropZero(op, in, shape); n != nil {
		return n
	}
	if g.table[op].Elementwise() {
		if n := g.simplifyElementwise(op, in); n != nil {
			return n
		}
		return g.hoistBroadcast(op, a, in, shape)
	}
	x := in[0]
	switch op {
	case OpStop:
		if x.op == OpStop || isStatic(x) {
			return x
		}
	case OpBroadcast:
		return simplifyBroadcast(a.(broadcastAttr), x)
	case OpSum:
		return simplifySum(a.(axesAttr), x)
	case OpReshape:
		return simplifyReshape(a.(axesAttr), x)
	case OpTranspose:
		return simplifyTranspose(a.(axesAttr), x)
	case OpReverse:
		if slices.Equal(a.(axesAttr), nil) {
			return x
		}
	case OpSlice:
		if slices.Equal(shape, x.shape) {
			return x
		}
		return simplifySlice(a.(sliceAttr), x, shape)
	case OpPad:
		p := a.(padAttr)
		if slices.Equal(shape, x.shape) && allZero(p.Lo) && allZero(p.Interior) {
			return x
		}
	case OpConcat:
		if len(in) == 1 {
			return x
		}
		return simplifyConcat(a.(axisAttr).Axis, in)
	case OpDot:
		return simplifyDot(a.(dotAttr), x, in[1])
	}
	return nil
}

// dropZero: what is linear in an operand that is zero is zero.
func (g *Graph) dropZero(op Op, in []*Node, shape []int) *Node {
	p := &g.table[op]
	linear := p.linear
	if op == OpMul {
		linear = []int{0, 1}
	}
	zeros := 0
	for _, i := range linear {
		if in[i].isSplat(0) {
			zeros++
		}
	}
	if zeros > 0 && (!p.joint || zeros == len(linear)) {
		return g.fill(0, shape)
	}
	return nil
}

func (g *Graph) simplifyElementwise(op Op, in []*Node) *Node {
	x := in[0]
	switch op {
	case OpNeg:
		switch x.op {
		case OpNeg:
			return x.in[0]
		case OpSub:
			return Sub(x.in[1], x.in[0])
		}
		if c, y := scaled(x); y != x {
			return scale(-c, y)
		}
	case OpAdd:
		switch {
		case x == in[1]:
			return scale(2, x)
		case x.isSplat(0):
			return in[1]
		case in[1].isSplat(0):
			return x
		case in[1].op == OpNeg:
			return Sub(x, in[1].in[0])
		case x.op == OpNeg:
			return Sub(in[1], x.in[0])
		}
		return sumOfScaled(Add, x, in[1])
	case OpSub:
		switch {
		case in[1].isSplat(0):
			return x
		case x.isSplat(0):
			return Neg(in[1])
		case in[1].op == OpNeg:
			return Add(x, in[1].in[0])
		}
		return sumOfScaled(Sub, x, in[1])
	case OpMul:
		return simplifyMul(x, in[1])
	case OpDiv:
		if in[1].isSplat(1) {
			return x
		}
		if x.isSplat(1) {
			return Reciprocal(in[1])
		}
	case OpPow:
		return simplifyPow(x, in[1])
	case OpSelect:
		if v, ok := x.Splat(); ok {
			if v != 0 {
				return in[1]
			}
			return in[2]
		}
		if in[1] == in[2] {
			return in[1]
		}
		if y, z := in[1].chosen(x, 1), in[2].chosen(x, 2); y != in[1] || z != in[2] {
			return Select(x, y, z)
		}
	}
	return nil
}

// chosen returns what a selection by the mask chooses where that is not 0 (operand 1) or
// where it is (operand 2); n itself if it is none.
func (n *Node) chosen(mask *Node, operand int) *Node {
	if n.op == OpSelect && n.in[0] == mask {
		return n.in[operand]
	}
	return n
}

// hoistBroadcast computes before repeating: if every operand is a scalar or
// repeated in the same way, the small tensors are combined and the result is
// repeated.
func (g *Graph) hoistBroadcast(op Op, a attr, in []*Node, shape []int) *Node {
	var axes []int
	found := false
	for _, x := range in {
		if _, ok := x.Splat(); ok && len(shape) > 0 {
			continue
		}
		if x.op != OpBroadcast {
			return nil
		}
		b := x.attr.(broadcastAttr)
		if found && !slices.Equal(axes, b.Axes) {
			return nil
		}
		axes, found = b.Axes, true
	}
	if !found && len(shape) == 0 {
		return nil
	}
	var small []int
	for _, axis := range axes {
		small = append(small, shape[axis])
	}
	operands := make([]*Node, len(in))
	for i, x := range in {
		if v, ok := x.Splat(); ok {
			operands[i] = g.fill(v, small)
		} else {
			operands[i] = x.in[0]
		}
	}
	return Broadcast(g.apply(op, a, operands...), shape, axes)
}

func allZero(list []int) bool {
	return !slices.ContainsFunc(list, func(v int) bool { return v != 0 })
}
