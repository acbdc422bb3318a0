package autodiff

import "slices"

// A product a·b is computed as (a·p)·q if b is a product p·q of few columns and rows, or a
// sum with such terms: the gradient of a batch of few samples is one, and multiplying by its
// factors takes less than by itself. The same goes for a.

// mostTerms is how many terms a sum may have to be multiplied term by term.
const mostTerms = 4

// matrix is op(x) of a product: x, or its transpose in the last two axes.
type matrix struct {
	x     *Node
	trans bool
}

// term is a matrix of a sum.
type term struct {
	matrix
	minus bool
}

// reassociate returns a·b by factors of b or of a, nil if there is nothing to gain.
func reassociate(d dotAttr, a, b *Node) *Node {
	x, y := matrix{a, d.TransA}, matrix{b, d.TransB}
	if terms := x.factored(y); terms != nil {
		return x.byTerms(terms, false)
	}
	x, y = y.turned(), x.turned()
	if terms := x.factored(y); terms != nil {
		return x.byTerms(terms, true)
	}
	return nil
}

func (m matrix) turned() matrix { return matrix{m.x, !m.trans} }

// sizes returns the numbers of rows and columns.
func (m matrix) sizes() (rows, columns int) {
	r := m.x.Rank()
	return swapIf(m.trans, m.x.shape[r-2], m.x.shape[r-1])
}

// factors returns p and q if m is a product p·q.
func (m matrix) factors() (p, q matrix, ok bool) {
	if m.x.op != OpDot {
		return p, q, false
	}
	d := m.x.attr.(dotAttr)
	p, q = matrix{m.x.in[0], d.TransA}, matrix{m.x.in[1], d.TransB}
	if m.trans {
		p, q = q.turned(), p.turned()
	}
	return p, q, true
}

// terms returns those of m, itself if it is no sum, nil if there are more than mostTerms.
func (m matrix) terms() (list []term) {
	var visit func(x *Node, minus bool) bool
	visit = func(x *Node, minus bool) bool {
		if x.op == OpAdd || x.op == OpSub {
			return visit(x.in[0], minus) && visit(x.in[1], minus != (x.op == OpSub))
		}
		list = append(list, term{matrix{x, m.trans}, minus})
		return len(list) <= mostTerms
	}
	if !visit(m.x, false) {
		return nil
	}
	return list
}

// factored returns the terms of b if m·b takes fewer multiplications by their factors. A
// product must not take more than half. A sum may be needed elsewhere too, and its terms then
// be computed all the same: they may take a quarter more.
func (m matrix) factored(b matrix) []term {
	rows, inner := m.sizes()
	_, columns := b.sizes()
	terms := b.terms()
	room, found := float64(rows)*float64(inner)*float64(columns)/4, false
	if len(terms) == 1 {
		room *= 2
	}
	for _, t := range terms {
		if _, q, ok := t.factors(); ok {
			found = true
			few, _ := q.sizes()
			room -= float64(rows) * float64(few) * float64(inner+columns)
		}
	}
	if !found || room < 0 {
		return nil
	}
	return terms
}

// byTerms returns the product of m and the sum of the terms: of products by their factors,
// of the others together. If turned it is the transpose of that.
func (m matrix) byTerms(terms []term, turned bool) *Node {
	var sum, rest *Node
	trans := terms[0].trans
	for _, t := range terms {
		if p, q, ok := t.factors(); ok {
			t.matrix = m.times(p, turned).times(q, turned)
			sum = t.addTo(sum)
		} else {
			rest = t.addTo(rest)
		}
	}
	if rest == nil {
		return sum
	}
	return Add(m.times(matrix{rest, trans}, turned).x, sum)
}

// times returns m·n; if turned, as the transpose of nᵀ·mᵀ.
func (m matrix) times(n matrix, turned bool) matrix {
	if turned {
		return matrix{Dot(n.x, m.x, !n.trans, !m.trans), true}
	}
	return matrix{Dot(m.x, n.x, m.trans, n.trans), false}
}

// addTo adds the term to a sum, which is nil at first.
func (t term) addTo(sum *Node) *Node {
	switch {
	case sum == nil && t.minus:
		return Neg(t.x)
	case sum == nil:
		return t.x
	case t.minus:
		return Sub(sum, t.x)
	}
	return Add(sum, t.x)
}

// Unstop returns ys computed from the operands of some Stops in place of these, which is the
// same once all derivatives are taken, if products by them take fewer multiplications then;
// otherwise it returns ys.
func Unstop(ys, stops []*Node) []*Node {
	if !worthUnstopping(ys, stops) {
		return ys
	}
	return Rebuild(ys, func(n, anew *Node) *Node {
		if anew.op == OpStop && slices.Contains(stops, n) {
			return anew.in[0]
		}
		return anew
	})
}

// worthUnstopping reports whether a product by one of the stops would be by its factors.
func worthUnstopping(ys, stops []*Node) bool {
	is := make(map[*Node]bool, len(stops))
	for _, s := range stops {
		is[s] = s.op == OpStop
	}
	for _, n := range ancestors(ys) {
		if n.op != OpDot {
			continue
		}
		d := n.attr.(dotAttr)
		a, b := matrix{n.in[0], d.TransA}, matrix{n.in[1], d.TransB}
		if is[b.x] && a.factored(matrix{b.x.in[0], b.trans}) != nil ||
			is[a.x] && b.turned().factored(matrix{a.x.in[0], !a.trans}) != nil {
			return true
		}
	}
	return false
}
