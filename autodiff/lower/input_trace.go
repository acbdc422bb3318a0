package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

// tracer follows inputs through the graph that an output is computed by. Its tables are by the nodes' numbers.
type tracer struct {
	hints   hints
	stored  map[*autodiff.Node]*Weight
	nodes   []*autodiff.Node // that the output needs, operands first
	needed  []bool
	inputs  []bool // depends on inputs
	weights []bool // depends on weights
	soft    []bool // reaches an exponential by sums, scaling and moves: scores of a softmax
	images  []*image
}

func newTracer(b *builder, outputs []*autodiff.Node) *tracer {
	n := b.graph.Len()
	t := &tracer{
		hints: b.hints, stored: make(map[*autodiff.Node]*Weight),
		needed: make([]bool, n), inputs: make([]bool, n), weights: make([]bool, n), soft: make([]bool, n),
	}
	for stack := slices.Clone(outputs); len(stack) > 0; {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if !t.needed[n.ID()] {
			t.needed[n.ID()] = true
			t.nodes = append(t.nodes, n)
			stack = append(stack, n.Operands()...)
		}
	}
	slices.SortFunc(t.nodes, func(a, b *autodiff.Node) int { return a.ID() - b.ID() })
	for _, w := range b.used() {
		t.weights[w.Node.ID()] = true
		t.stored[w.Node] = w
	}
	for _, n := range t.nodes {
		id := n.ID()
		t.inputs[id] = n.Op() == autodiff.OpVariable && !t.weights[id]
		for _, x := range n.Operands() {
			t.inputs[id] = t.inputs[id] || t.inputs[x.ID()]
			t.weights[id] = t.weights[id] || t.weights[x.ID()]
		}
	}
	for _, n := range slices.Backward(t.nodes) {
		if n.Op() == autodiff.OpExp || t.soft[n.ID()] && isLinear(n.Op()) {
			for _, x := range n.Operands() {
				t.soft[x.ID()] = true
			}
		}
	}
	return t
}

// isLinear reports whether a node of that kind is a sum, a scaled copy or an arrangement of its operands.
func isLinear(op autodiff.Op) bool {
	switch op {
	case autodiff.OpNeg, autodiff.OpAdd, autodiff.OpSub, autodiff.OpMul, autodiff.OpDiv, autodiff.OpMax, autodiff.OpSelect, autodiff.OpConcat:
		return true
	}
	return isMove(op)
}

func isMove(op autodiff.Op) bool {
	switch op {
	case autodiff.OpStop, autodiff.OpBroadcast, autodiff.OpReshape, autodiff.OpTranspose, autodiff.OpSlice, autodiff.OpReverse, autodiff.OpPad:
		return true
	}
	return false
}

// trace returns what is done with an input.
func (t *tracer) trace(input *autodiff.Node) *evidence {
	e := &evidence{}
	t.images = make([]*image, len(t.needed))
	t.images[input.ID()] = &image{0, 1, 2}
	for _, n := range t.nodes {
		if n != input && !slices.ContainsFunc(n.Operands(), t.traced) {
			continue
		}
		if n != input {
			t.images[n.ID()] = t.step(n, e)
		}
		if !t.traced(n) {
			continue
		}
		if size, ok := t.hints.lengths[n]; ok {
			e.lengths = append(e.lengths, length{n, size})
		}
		im := *t.images[n.ID()]
		if rows, ok := t.hints.tables[n]; ok && im == (image{im[0], im[0] + 1, im[0] + 2}) {
			e.tables = append(e.tables, lookup{rows, im[0]})
		}
		e.biases = e.biases || t.hints.biases[n]
	}
	return e
}

// traced reports whether the node still carries the input's elements, or what is made of them alone.
func (t *tracer) traced(n *autodiff.Node) bool { return t.images[n.ID()] != nil }

// constant reports whether the node is computed of constants alone.
func (t *tracer) constant(n *autodiff.Node) bool { return !t.inputs[n.ID()] && !t.weights[n.ID()] }

// step notes what a node makes of the traced ones among its operands. It returns the node's image, nil if the elements end
// here.
func (t *tracer) step(n *autodiff.Node, e *evidence) *image {
	in := n.Operands()
	switch op := n.Op(); op {
	case autodiff.OpTake, autodiff.OpTakeAlong, autodiff.OpScatter, autodiff.OpScatterAlong:
		if t.traced(in[0]) {
			return t.images[in[0].ID()]
		}
		e.places = true
		return nil
	case autodiff.OpConcat:
		return t.images[in[slices.IndexFunc(in, t.traced)].ID()]
	case autodiff.OpSelect:
		return t.choose(in[0], in[1], in[2], e)
	case autodiff.OpEqual, autodiff.OpLess, autodiff.OpLessEqual:
		return t.compare(n, e)
	case autodiff.OpAdd, autodiff.OpSub, autodiff.OpMul, autodiff.OpDiv, autodiff.OpMax, autodiff.OpMin, autodiff.OpPow:
		return t.combine(n, e)
	case autodiff.OpDot, autodiff.OpConv, autodiff.OpConvInput, autodiff.OpConvFilter:
		for _, x := range in {
			switch {
			case t.traced(x) || t.constant(x):
			case t.inputs[x.ID()]:
				e.asked = true
				return nil
			default:
				for _, own := range in {
					if t.traced(own) {
						e.compute(t.images[own.ID()])
					}
				}
				return nil
			}
		}
		return blurred()
	default:
		if isMove(op) {
			return t.images[in[0].ID()]
		}
		return t.map1(op, in[0])
	}
}

// compare: places along an axis say that lengths are compared, all of some numbers that there are classes.
func (t *tracer) compare(n *autodiff.Node, e *evidence) *image {
	a, b := n.Operands()[0], n.Operands()[1]
	for i, x := range []*autodiff.Node{a, b} {
		places, first := ramp(n.Operands()[1-i])
		if !t.traced(x) || !t.constant(n.Operands()[1-i]) || places < 2 {
			continue
		}
		own := t.images[x.ID()]
		switch {
		case n.Op() != autodiff.OpEqual:
			last := first + places - 1
			if (n.Op() == autodiff.OpLess) == (i == 1) { // last < x, or not x ≤ last
				last++
			}
			for x.Op() == autodiff.OpBroadcast {
				x = x.Operands()[0]
			}
			e.lengths = append(e.lengths, length{x, last})
			return nil
		case *own == image{0, 1, 2} && first == 0:
			e.classes = max(e.classes, places)
			return nil
		}
	}
	e.asked = true
	if t.other(a) || t.other(b) {
		return nil
	}
	return t.map2(n.Op(), a, b)
}

// other reports whether the node is neither traced nor constant.
func (t *tracer) other(n *autodiff.Node) bool { return !t.traced(n) && !t.constant(n) }

// choose: a condition that puts numbers far below zero into a tensor is a mask.
func (t *tracer) choose(condition, a, b *autodiff.Node, e *evidence) *image {
	if !t.traced(condition) {
		if t.traced(a) {
			return t.images[a.ID()]
		}
		return t.images[b.ID()]
	}
	im := t.images[condition.ID()]
	if t.other(a) || t.other(b) {
		e.asked = true
		if low := t.constant(a) && t.imageOf(a)[0] <= closed; low || t.constant(b) && t.imageOf(b)[0] <= closed {
			e.close((im[0] != 0) == low, (im[1] != 0) == low)
		}
		return nil
	}
	x, y, chosen := t.imageOf(a), t.imageOf(b), unclear
	for i, c := range im {
		switch {
		case c > 0 || c < 0:
			chosen[i] = x[i]
		case c == 0:
			chosen[i] = y[i]
		}
	}
	return &chosen
}

// combine: sums with scores of a softmax can be masks; values are what weights are added to or multiplied with.
func (t *tracer) combine(n *autodiff.Node, e *evidence) *image {
	a, b := n.Operands()[0], n.Operands()[1]
	if !t.other(a) && !t.other(b) {
		return t.map2(n.Op(), a, b)
	}
	own, other := a, b
	if !t.traced(own) {
		own, other = b, a
	}
	im := *t.images[own.ID()]
	weighs, computed := t.weights[other.ID()], t.weights[other.ID()] && t.inputs[other.ID()]
	switch op := n.Op(); op {
	case autodiff.OpAdd, autodiff.OpSub:
		if op == autodiff.OpSub && own == b {
			im = image{-im[0], -im[1], -im[2]}
		}
		soft := t.soft[n.ID()]
		e.added = e.added || soft && computed
		switch {
		case soft && e.close(im[0] <= closed && im[1] >= im[0]/1000, im[1] <= closed && im[0] >= im[1]/1000):
			return nil
		case soft && im[0] != im[0] && computed:
			e.asked = true
			return nil
		case weighs:
			e.compute(&im)
			return nil
		}
	case autodiff.OpMul, autodiff.OpDiv:
		switch {
		case op == autodiff.OpDiv && own == b:
		case computed:
			e.asked = true
			return nil
		case weighs && !t.storedMask(other):
			e.compute(&im)
			return nil
		default:
			return t.images[own.ID()] // the other is an input, or a mask too
		}
	}
	return blurred()
}

// storedMask reports whether the node is a stored tensor of zeros and ones, as exporters make of causal masks.
func (t *tracer) storedMask(n *autodiff.Node) bool {
	for isMove(n.Op()) {
		n = n.Operands()[0]
	}
	w := t.stored[n]
	if w == nil || w.Tensor.Size() > maxKnown {
		return false
	}
	data, err := w.Tensor.Float64s()
	return err == nil && slices.Contains(data, 0) && slices.Contains(data, 1) &&
		!slices.ContainsFunc(data, func(v float64) bool { return v != 0 && v != 1 })
}
