package program

import (
	"fmt"
	"slices"
)

// plan is what a program does, in order, before memory is given to it. It knows shapes and layouts, not precision.
type plan struct {
	*work
	steps   []step
	values  []value
	home    homes
	results map[Node]place // of the outputs, each row by row but for those of updates
	effort  int64          // of all steps, in multiply-adds

	arranged bool
	leaves   map[Node]Order // variables whose axes are in another order
	copies   map[copyKey]place
	updates  []update
	states   map[Node]bool // the variables of updates
	nexts    map[Node]bool // what they become
	byRows   *Layout       // of the latest value in row-major order, which those of its shape after it share
}

// copyKey identifies the copy of a node in an order.
type copyKey struct {
	node  Node
	order string
}

// step computes values: one by a node's kernel, one by copying a node's elements to one contiguous piece (copied), or several by
// a fused cluster.
type step struct {
	node    Node
	how     Arrangement // of the kernel's operands and result; how.Out also of a copy
	copied  bool
	fused   *fusion
	stacked []product // products with the node's second operand, if there are several
	dst     []int
	in      []place
}

// product is one of the products that a stacked step computes: the first operand and the result are its own.
type product struct {
	in  place
	dst int
	add bool
}

// update is a value that a variable takes, and the step that copies it, −1 if it is written over the variable.
type update struct{ next, copy int }

func (p *plan) addStep(s step) {
	for _, d := range s.dst {
		p.values[d].written = int32(len(p.steps))
	}
	p.steps = append(p.steps, s)
}

// store makes a value for n, its place, and returns its number.
func (p *plan) store(n Node, o Order) int {
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
