package metainit

import (
	"slices"

	"onnx-metainit/autodiff"
	"onnx-metainit/autodiff/lower"
)

// trace follows what is not finite back to the node of the model where it begins. Of every
// tensor it knows at one order whether the tangent and the cotangent are finite: at order 0
// those are the value and the first derivative, at order 1 both along g, at order 2 along
// (a, c) as well.
type trace struct {
	operations []*lower.Lowered
	loss       *autodiff.Node
	tangent    map[*autodiff.Node]bool // whether it is not finite
	backward   map[*autodiff.Node]bool // whether the cotangent is not finite, of what reaches the loss
}

// blame says where the first figure that is not finite begins, on batch k: the loss, g, p or
// the slopes of the quotient, from which orders 0 to 3 of derivatives are counted. It is nil
// if all are finite, or that cannot be told.
func (p *Problem) blame(k uint64, logarithmic bool) (s *lower.Lowered, order int) {
	for order := range 3 {
		t := p.trace(k, order, logarithmic)
		if t == nil {
			break
		}
		if order == 0 && t.tangent[t.loss] {
			for _, out := range p.lowered.Outputs {
				if s := t.before(out.Node); s != nil {
					return s, 0
				}
			}
			return nil, 0
		}
		for _, par := range p.counted {
			if t.backward[par.node] {
				return t.behind(par.node, order+1)
			}
		}
	}
	return nil, 0
}

// trace computes the tangents and cotangents of one order on batch k; nil if they do not fit
// into the memory.
func (p *Problem) trace(k uint64, order int, logarithmic bool) *trace {
	t := &trace{operations: p.lowered.Operations, tangent: make(map[*autodiff.Node]bool), backward: make(map[*autodiff.Node]bool)}
	var tensors, forward, backward, outputs []*autodiff.Node
	err := autodiff.Maybe(func() {
		q := p.quotientOf(p.whole()) // in one portion, of which the operations are part
		t.loss = q.loss
		tensors = append(slices.Clone(q.theta), q.loss)
		for _, s := range t.operations {
			tensors = append(tensors, s.Out...)
		}
		forward = tensors
		backward = autodiff.VJP([]*autodiff.Node{q.loss}, []*autodiff.Node{q.loss.Graph().Scalar(1)}, tensors)
		if order > 0 {
			forward, backward = known(q.along, forward), known(q.along, backward)
		}
		if order > 1 {
			further := func(nodes []*autodiff.Node) []*autodiff.Node { return q.tangents(nodes, logarithmic) }
			forward, backward = known(further, forward), known(further, backward)
		}
		forward, backward = sizes(forward), sizes(backward)
		outputs = slices.DeleteFunc(slices.Concat(forward, backward), func(n *autodiff.Node) bool { return n == nil })
	})
	if err != nil {
		return nil
	}
	prog, err := p.compile(p.opt.Precision, outputs)
	if err != nil {
		return nil
	}
	defer prog.Close()
	if p.writeParameters(prog) != nil {
		return nil
	}
	writeBatch(prog, p.sources, p.opt.Seed, k)
	if prog.Run() != nil {
		return nil
	}
	for i, n := range tensors {
		if forward[i] != nil {
			t.tangent[n] = !allFinite(prog.Read(forward[i])...)
		}
		if backward[i] != nil {
			t.backward[n] = !allFinite(prog.Read(backward[i])...)
		}
	}
	return t
}

// sizes returns the sums of the sizes of elements, which are finite if all elements are.
func sizes(nodes []*autodiff.Node) []*autodiff.Node {
	list := make([]*autodiff.Node, len(nodes))
	for i, n := range nodes {
		if n != nil {
			list[i] = autodiff.SumAll(autodiff.Abs(n))
		}
	}
	return list
}

// known applies f to the nodes that are not nil.
func known(f func(nodes []*autodiff.Node) []*autodiff.Node, nodes []*autodiff.Node) []*autodiff.Node {
	list := f(slices.DeleteFunc(slices.Clone(nodes), func(n *autodiff.Node) bool { return n == nil }))
	all := make([]*autodiff.Node, len(nodes))
	for i, n := range nodes {
		if n != nil {
			all[i], list = list[0], list[1:]
		}
	}
	return all
}

// before returns the operation where the tangent of n, which is not finite, begins: one of whose
// operands all have finite ones. It is nil if that of n is finite, or no operation gives n.
func (t *trace) before(n *autodiff.Node) *lower.Lowered {
	var origin *lower.Lowered
	for _, s := range slices.Backward(t.operations) { // operands come before
		if !t.tangent[n] || !slices.Contains(s.Out, n) || slices.Contains(s.In, n) {
			continue
		}
		origin = s
		if i := slices.IndexFunc(s.In, func(x *autodiff.Node) bool { return t.tangent[x] }); i >= 0 {
			n = s.In[i]
		} else {
			break
		}
	}
	return origin
}

// behind returns the operation where the cotangent of n, which is not finite, begins, on the way
// from the loss to n, and of which order the derivative there is: if the tangent of an operand
// is not finite already, that comes first.
func (t *trace) behind(n *autodiff.Node, order int) (*lower.Lowered, int) {
	var origin *lower.Lowered
	reaches := func(y *autodiff.Node) bool { _, ok := t.backward[y]; return ok }
	for _, s := range t.operations {
		if !slices.Contains(s.In, n) || slices.Contains(s.Out, n) || !slices.ContainsFunc(s.Out, reaches) {
			continue
		}
		origin = s
		if i := slices.IndexFunc(s.Out, func(y *autodiff.Node) bool { return t.backward[y] }); i >= 0 {
			n = s.Out[i]
		}
	}
	if origin != nil && order > 1 {
		for _, x := range origin.In {
			if first := t.before(x); first != nil {
				return first, order - 1
			}
		}
	}
	return origin, order
}
