package autodiff

// Inner returns the scalar product ⟨u, w⟩ = Σ uᵢ·wᵢ of two nodes of one shape.
//
// If u is itself a product that was transposed by differentiation, such as the
// weight gradient xᵀδ of a layer, the scalar product is taken on its other side:
// ⟨xᵀδ, W⟩ = ⟨δ, x·W⟩, provided the graph holds x·W (or δ·Wᵀ) already. Then u is
// never computed; sums are taken apart to find such terms.
func Inner(u, w *Node) *Node {
	return innerTerms(u, w).total()
}

// terms are scalar products whose sum is wanted: those found at hand, and pairs
// that are not.
type terms struct {
	found *Node
	rest  *Node // what of u is left
	w     *Node
}

func (t terms) total() *Node {
	if t.rest == nil {
		return t.found
	}
	return plus(t.found, SumAll(Mul(t.rest, t.w)))
}

// innerTerms walks u through sums and moves down to its products.
func innerTerms(u, w *Node) terms {
	switch u.op {
	case OpNeg:
		return innerTerms(u.in[0], w).negated()
	case OpAdd:
		return joined(innerTerms(u.in[0], w), innerTerms(u.in[1], w))
	case OpSub:
		return joined(innerTerms(u.in[0], w), innerTerms(u.in[1], w).negated())
	case OpReshape, OpTranspose, OpSum:
		// A move is its own adjoint's inverse, and costs nothing on w.
		inner := innerTerms(u.in[0], u.Primitive().transpose(u, 0, w))
		if inner.rest == nil {
			return inner
		}
	default:
		// Of several products the last is taken: what it is multiplied with has
		// been kept until then anyway, while the others were not.
		var other, factor *Node
		for _, i := range u.Primitive().linear {
			if o := atHand(u, i, w); o != nil && (other == nil || o.id > other.id) {
				other, factor = o, u.in[i]
			}
		}
		if other != nil {
			return terms{found: SumAll(Mul(factor, other))}
		}
	}
	return terms{rest: u, w: w}
}

// atHand returns the adjoint of u by operand i, applied to w, if the graph has
// it already.
func atHand(u *Node, i int, w *Node) *Node {
	if u.Primitive().joint || u.Primitive().transpose == nil {
		return nil
	}
	before := u.g.Len()
	other := u.Primitive().transpose(u, i, w)
	if other.id < before {
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
	t := terms{found: plus(a.found, b.found), rest: plus(a.rest, b.rest), w: a.w}
	if a.w == nil {
		t.w = b.w
	}
	return t
}
