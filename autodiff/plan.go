package autodiff

import "slices"

// plan is what a program does, in order, before memory is given to it. It knows
// shapes and layouts, not precision.
type plan struct {
	steps  []step
	values []value
	home   map[*Node]place
	// outputs are the places of the wanted nodes, each contiguous.
	outputs map[*Node]place
}

// step computes one value: by the node's kernel, or (copied) by copying the
// node's elements to one contiguous piece.
type step struct {
	node   *Node
	copied bool
	dst    int
	in     []place
}

// value is a piece of memory.
type value struct {
	node      *Node
	size      int
	last      int // the last step that reads it
	kept      bool
	offset    int // in the arena, if not kept
	inPlaceOf int // the value whose memory it takes over, −1 if none
}

// place is a tensor in the memory of a value.
type place struct {
	value  int
	layout layout
}

// newPlan schedules the nodes that outputs need in the order they were built,
// resolves views, and gives temporaries their place in one arena.
func newPlan(outputs []*Node) *plan {
	p := &plan{home: make(map[*Node]place), outputs: make(map[*Node]place)}
	copies := make(map[*Node]place)
	for _, n := range ancestors(outputs) {
		prim := n.Primitive()
		switch {
		case n.op == OpVariable || n.op == OpConst:
			p.home[n] = p.newValue(n, true)
		case prim.view != nil:
			from := p.home[n.in[0]]
			l, ok := prim.view(n, from.layout)
			if !ok {
				from = p.contiguous(n.in[0], copies)
				l, _ = prim.view(n, from.layout)
			}
			p.home[n] = place{from.value, l}
		default:
			s := step{node: n}
			for _, x := range n.in {
				if prim.Elementwise() {
					s.in = append(s.in, p.home[x])
				} else {
					s.in = append(s.in, p.contiguous(x, copies))
				}
			}
			p.home[n] = p.newValue(n, false)
			s.dst = p.home[n].value
			p.steps = append(p.steps, s)
		}
	}
	for _, n := range outputs {
		at := p.contiguous(n, copies)
		p.values[at.value].kept = true
		p.outputs[n] = at
	}
	p.allocate()
	return p
}

func (p *plan) newValue(n *Node, kept bool) place {
	p.values = append(p.values, value{node: n, size: n.Size(), kept: kept, last: -1, inPlaceOf: -1})
	l := layoutOf(n.shape)
	return place{len(p.values) - 1, l}
}

// contiguous returns a place where n lies in one piece: its own, or that of a
// copy, made once.
func (p *plan) contiguous(n *Node, copies map[*Node]place) place {
	at := p.home[n]
	if contiguous(at.layout) {
		return at
	}
	if c, ok := copies[n]; ok {
		return c
	}
	c := p.newValue(n, false)
	p.steps = append(p.steps, step{node: n, copied: true, dst: c.value, in: []place{at}})
	copies[n] = c
	return c
}

// alignment of values in the arena, in elements.
const alignment = 16

// allocate finds how long each value lives and puts those that live at
// different times in the same memory.
func (p *plan) allocate() {
	for i, s := range p.steps {
		for _, x := range s.in {
			p.values[x.value].last = i
		}
	}
	var free spans
	for i, s := range p.steps {
		dst := &p.values[s.dst]
		if !dst.kept {
			if over := p.overwritable(i); over >= 0 {
				dst.offset, dst.inPlaceOf = p.values[over].offset, over
			} else {
				dst.offset = free.take(padded(dst.size))
			}
		}
		for k, x := range s.in {
			v := &p.values[x.value]
			repeated := slices.ContainsFunc(s.in[:k], func(y place) bool { return y.value == x.value })
			if !v.kept && v.last == i && !repeated && dst.inPlaceOf != x.value {
				free.give(v.offset, padded(v.size))
			}
		}
	}
}

// overwritable returns an operand of an elementwise step that is read here for
// the last time and whose memory can hold the result, −1 if there is none.
func (p *plan) overwritable(i int) int {
	s := p.steps[i]
	if s.copied || !s.node.Primitive().Elementwise() {
		return -1
	}
	for _, x := range s.in {
		v := p.values[x.value]
		fits := !v.kept && v.last == i && v.size == p.values[s.dst].size && contiguous(x.layout)
		for _, y := range s.in {
			fits = fits && (y.value != x.value || contiguous(y.layout) && y.layout.Offset == x.layout.Offset)
		}
		if fits {
			return x.value
		}
	}
	return -1
}

// needed marks the steps that the given outputs depend on; nil, all of them, if
// none is given. Steps that are left out cannot harm the others: memory is only
// taken over from values that nobody reads any more.
func (p *plan) needed(outputs []*Node) []bool {
	if len(outputs) == 0 {
		return nil
	}
	read := make([]bool, len(p.values))
	for _, n := range outputs {
		at, ok := p.outputs[n]
		if !ok {
			fail("run", "node %v is not an output of the program", n)
		}
		read[at.value] = true
	}
	steps := make([]bool, len(p.steps))
	for i := len(p.steps) - 1; i >= 0; i-- {
		s := p.steps[i]
		if steps[i] = read[s.dst]; steps[i] {
			for _, x := range s.in {
				read[x.value] = true
			}
		}
	}
	return steps
}

func padded(size int) int { return (size + alignment - 1) / alignment * alignment }

// arena returns the elements of memory that the temporaries need.
func (p *plan) arena() int {
	end := 0
	for _, v := range p.values {
		if !v.kept {
			end = max(end, v.offset+padded(v.size))
		}
	}
	return end
}

// kept returns the elements of memory that stay for the program's life.
func (p *plan) kept() int {
	total := 0
	for _, v := range p.values {
		if v.kept {
			total += padded(v.size)
		}
	}
	return total
}
