package autodiff

import "slices"

// Inner returns the scalar product ⟨u, w⟩ = Σ uᵢ·wᵢ of two nodes of one shape.
//
// If u is the adjoint of a product, such as the weight gradient xᵀδ of a layer, it
// need not be computed: ⟨xᵀδ, W⟩ = ⟨δ, x·W⟩, where the graph holds x·W (or δ·Wᵀ)
// already. If u is a sum, each of its terms is treated so.
//
// size is the sum of the absolute values of the terms of the product: a product that
// is far smaller than that is rounding error.
func Inner(u, w *Node) (product, size *Node) {
	whole := scalarProduct{u, w}
	// A sum of sums can hold one term many times, so each is visited once. It can be as
	// deep as the graph, so there is a stack and no recursion.
	known := make(map[scalarProduct]terms)
	for stack := []scalarProduct{whole}; len(stack) > 0; {
		top := stack[len(stack)-1]
		summands, ready := top.summands(), true
		for _, p := range slices.Backward(summands) {
			if _, ok := known[p]; !ok {
				stack, ready = append(stack, p), false
			}
		}
		if ready {
			stack = stack[:len(stack)-1]
			if _, ok := known[top]; !ok {
				known[top] = top.terms(summands, known)
			}
		}
	}
	return known[whole].total(), known[whole].size
}

// scalarProduct is ⟨u, w⟩.
type scalarProduct struct{ u, w *Node }

// terms are what ⟨u, w⟩ is the sum of: found, and ⟨rest, w⟩. Each may be nil.
type terms struct {
	found *Node // computed from products that the graph holds
	rest  *Node // the terms of u for which there is none
	w     *Node
	size  *Node // Σ |term|
}

func (t terms) total() *Node {
	if t.rest == nil {
		return t.found
	}
	return plus(t.found, SumAll(Mul(t.rest, t.w)))
}

// summands returns the scalar products that ⟨u, w⟩ is the sum of, up to signs, where u is a
// sum or moves elements; none for other nodes.
func (p scalarProduct) summands() []scalarProduct {
	row := p.u.Primitive()
	if row.turns {
		return []scalarProduct{{p.u.in[0], row.transpose(p.u, 0, p.w)}}
	}
	var list []scalarProduct
	for i := range row.signs {
		list = append(list, scalarProduct{p.u.in[i], p.w})
	}
	return list
}

// terms returns the terms of ⟨u, w⟩, given those of its summands.
func (p scalarProduct) terms(summands []scalarProduct, known map[scalarProduct]terms) terms {
	row := p.u.Primitive()
	if row.turns {
		inner := known[summands[0]]
		if inner.rest == nil {
			return inner
		}
		return terms{rest: p.u, w: p.w, size: inner.size}
	}
	if row.signs != nil {
		var sum terms
		for i, sign := range row.signs {
			t := known[summands[i]]
			if sign < 0 {
				t = t.negated()
			}
			if i > 0 {
				t = joined(sum, t)
			}
			sum = t
		}
		return sum
	}
	// If the graph holds several, the one built last is taken: the other operand is
	// stored until then anyway.
	var other, factor *Node
	for _, i := range row.linear {
		if o := existing(p.u, i, p.w); o != nil && (other == nil || o.id > other.id) {
			other, factor = o, p.u.in[i]
		}
	}
	if other != nil {
		product := Mul(factor, other)
		return terms{found: SumAll(product), size: SumAll(Abs(product))}
	}
	return terms{rest: p.u, w: p.w, size: SumAll(Abs(Mul(p.u, p.w)))}
}

// existing returns the adjoint of u by operand i, applied to w, if the graph holds
// it already, else nil.
func existing(u *Node, i int, w *Node) *Node {
	if u.Primitive().joint || u.Primitive().transpose == nil {
		return nil
	}
	before := u.g.Len()
	other := u.Primitive().transpose(u, i, w)
	if other.ID() < before {
		return other
	}
	u.g.forget(before)
	return nil
}

func (t terms) negated() terms {
	if t.found != nil {
		t.found = Neg(t.found)
	}
	if t.rest != nil {
		t.rest = Neg(t.rest)
	}
	return t
}

func joined(a, b terms) terms {
	t := terms{found: plus(a.found, b.found), rest: plus(a.rest, b.rest), w: a.w, size: Add(a.size, b.size)}
	if a.w == nil {
		t.w = b.w
	}
	return t
}
