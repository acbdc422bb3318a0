package autodiff

import "slices"

// Inner returns the scalar product ⟨u, w⟩ = Σ uᵢ·wᵢ of two nodes of one shape.
//
// If u is itself a product that was transposed by differentiation, such as the
// weight gradient xᵀδ of a layer, the scalar product is taken on its other side:
// ⟨xᵀδ, W⟩ = ⟨δ, x·W⟩, provided the graph holds x·W (or δ·Wᵀ) already. Then u is
// never computed; sums are taken apart to find such terms.
//
// size is the sum of the absolute terms that make up the product, before any of
// them cancel: a product that is far smaller is rounding error.
func Inner(u, w *Node) (product, size *Node) {
	whole := scalarProduct{u, w}
	// A sum of sums can hold the same term any number of times: each is looked at
	// once. It can also be as deep as the graph.
	known := make(map[scalarProduct]terms)
	for stack := []scalarProduct{whole}; len(stack) > 0; {
		top := stack[len(stack)-1]
		parts, ready := top.parts(), true
		for _, p := range slices.Backward(parts) {
			if _, ok := known[p]; !ok {
				stack, ready = append(stack, p), false
			}
		}
		if ready {
			stack = stack[:len(stack)-1]
			if _, ok := known[top]; !ok {
				known[top] = top.terms(parts, known)
			}
		}
	}
	return known[whole].total(), known[whole].size
}

// scalarProduct is ⟨u, w⟩, which is wanted.
type scalarProduct struct{ u, w *Node }

// terms are scalar products whose sum is wanted: those found at hand, and a pair
// that is not.
type terms struct {
	found *Node
	rest  *Node // what of u is left
	w     *Node
	size  *Node // Σ |term|, of the smallest terms that are seen
}

func (t terms) total() *Node {
	if t.rest == nil {
		return t.found
	}
	return plus(t.found, SumAll(Mul(t.rest, t.w)))
}

// parts returns the scalar products that ⟨u, w⟩ is made of: those of the operands
// of sums and moves.
func (p scalarProduct) parts() []scalarProduct {
	row := p.u.Primitive()
	if row.turns {
		return []scalarProduct{{p.u.in[0], row.transpose(p.u, 0, p.w)}}
	}
	var parts []scalarProduct
	for i := range row.signs {
		parts = append(parts, scalarProduct{p.u.in[i], p.w})
	}
	return parts
}

// terms returns the terms of ⟨u, w⟩, given those of its parts.
func (p scalarProduct) terms(parts []scalarProduct, known map[scalarProduct]terms) terms {
	row := p.u.Primitive()
	if row.turns {
		inner := known[parts[0]]
		if inner.rest == nil {
			return inner
		}
		return terms{rest: p.u, w: p.w, size: inner.size}
	}
	if row.signs != nil {
		var sum terms
		for i, sign := range row.signs {
			t := known[parts[i]]
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
	// Of several products the last is taken: what it is multiplied with has
	// been kept until then anyway, while the others were not.
	var other, factor *Node
	for _, i := range row.linear {
		if o := atHand(p.u, i, p.w); o != nil && (other == nil || o.id > other.id) {
			other, factor = o, p.u.in[i]
		}
	}
	if other != nil {
		product := Mul(factor, other)
		return terms{found: SumAll(product), size: SumAll(Abs(product))}
	}
	return terms{rest: p.u, w: p.w, size: SumAll(Abs(Mul(p.u, p.w)))}
}

// atHand returns the adjoint of u by operand i, applied to w, if the graph has
// it already.
func atHand(u *Node, i int, w *Node) *Node {
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
