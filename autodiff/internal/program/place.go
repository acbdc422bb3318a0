package program

import (
	"fmt"
	"slices"
)

// place is a tensor in the memory of a value.
type place struct {
	value  int
	layout *Layout // shared with others
}

// homes are the places of the nodes of a work.
type homes struct {
	of   perNode[int32] // the number of a node's place, from 1
	list []place
}

// at returns the place of a node, false if it has none.
func (h *homes) at(n Node) (place, bool) {
	if k := h.of[n]; k > 0 {
		return h.list[k-1], true
	}
	return place{}, false
}

func (h *homes) set(n Node, at place) {
	h.list = append(h.list, at)
	h.of[n] = int32(len(h.list))
}

// same puts n where another node is.
func (h *homes) same(n, other Node) { h.of[n] = h.of[other] }

// value returns the value that holds a node, which has a place.
func (h *homes) value(n Node) int { return h.list[h.of[n]-1].value }

// settle makes a value for n, its place, and returns its number.
func (p *plan) settle(n Node, o Order) int {
	at := p.newValue(n, o)
	p.home.set(n, at)
	return at.value
}

// locate returns the place of a node that is computed already, a leaf or a view.
func (p *plan) locate(n Node) place {
	var views []Node // on the way from n to what has a place
	at, ok := p.home.at(n)
	for ; !ok && n != p.base(n); at, ok = p.home.at(n) {
		views = append(views, n)
		n = p.operand(n, 0)
	}
	if !ok {
		at = p.newValue(n, p.leaves[n])
		p.values[at.value].kept = true
		p.home.set(n, at)
	}
	for _, v := range slices.Backward(views) {
		l, ok := p.kind(v).View(*at.layout)
		if !ok {
			at = p.inOrder(p.operand(v, 0), nil)
			l, _ = p.kind(v).View(*at.layout)
		}
		at = place{at.value, &l}
		p.home.set(v, at)
	}
	return at
}

func (p *plan) newValue(n Node, o Order) place {
	p.values = append(p.values, value{node: n, size: p.size(n), written: -1, last: -1, inPlaceOf: -1})
	shape := p.shape(n)
	if o == nil && p.byRows != nil && slices.Equal(p.byRows.Shape, shape) {
		return place{len(p.values) - 1, p.byRows}
	}
	l := o.Dense(shape)
	if o == nil {
		p.byRows = &l
	}
	return place{len(p.values) - 1, &l}
}

// inOrder returns a place where n is in the given order without gaps: its own, or that of a copy, made once.
func (p *plan) inOrder(n Node, o Order) place {
	from := p.locate(n)
	if o.holds(*from.layout) {
		return from
	}
	key := copyKey{n, fmt.Sprint(o)}
	to, ok := p.copies[key]
	if !ok {
		to = p.newValue(n, o)
		p.addStep(step{node: n, copied: true, dst: []int{to.value}, in: []place{from}, how: Arrangement{Out: o}})
		p.copies[key] = to
	}
	return to
}

// needed marks the steps that the given outputs depend on; nil stands for all, if no output is given. The other steps can be left
// out: memory is only taken over from values that nobody reads any more.
func (p *plan) needed(outputs []Node) []bool {
	if len(outputs) == 0 {
		return nil
	}
	read := make([]bool, len(p.values))
	for _, n := range outputs {
		read[p.results[n].value] = true
	}
	steps := make([]bool, len(p.steps))
	for i := len(p.steps) - 1; i >= 0; i-- {
		s := p.steps[i]
		for _, x := range s.stacked {
			if read[x.dst] {
				steps[i], read[x.in.value], read[s.in[1].value] = true, true, true
			}
		}
		if s.stacked != nil {
			continue
		}
		if steps[i] = slices.ContainsFunc(s.dst, func(v int) bool { return read[v] }); steps[i] {
			for _, x := range s.in {
				read[x.value] = true
			}
		}
	}
	for _, u := range p.updates {
		if by := p.values[u.next].written; u.copy >= 0 {
			steps[u.copy] = by >= 0 && steps[by] || read[u.next]
		}
	}
	return steps
}
