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

// step computes values: one by a node's kernel, one by copying a node's elements
// to one contiguous piece (copied), or several by a fused cluster.
type step struct {
	node   *Node
	copied bool
	fused  *fusion
	dst    []int
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

// newPlan orders the steps that outputs need, resolves views, and gives
// temporaries their place in one arena.
func newPlan(outputs []*Node) *plan {
	p := &plan{home: make(map[*Node]place), outputs: make(map[*Node]place)}
	clusters := schedule(outputs)
	external := externals(clusters, outputs)
	copies := make(map[*Node]place)
	for _, c := range clusters {
		if c.fused {
			p.addFused(c, external)
		} else {
			p.addNode(c.nodes[0], copies)
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

// externals marks the elementwise nodes whose values are read outside their
// cluster.
func externals(clusters []*cluster, outputs []*Node) map[*Node]bool {
	external := make(map[*Node]bool)
	for _, n := range outputs {
		external[base(n)] = true
	}
	for _, c := range clusters {
		inside := make(map[*Node]bool)
		for _, n := range c.nodes {
			inside[n] = true
			for _, x := range n.in {
				if !c.fused || !inside[unstopped(x)] {
					external[base(x)] = true
				}
			}
		}
	}
	return external
}

func (p *plan) addFused(c *cluster, external map[*Node]bool) {
	s := step{node: c.nodes[len(c.nodes)-1]}
	for _, n := range c.nodes {
		if external[n] {
			p.home[n] = p.newValue(n, false)
			s.dst = append(s.dst, p.home[n].value)
		}
	}
	s.fused = newFusion(c, p.locate, func(n *Node) (int, bool) {
		at, ok := p.home[n]
		return at.value, ok
	})
	s.in = s.fused.loads
	p.steps = append(p.steps, s)
}

func (p *plan) addNode(n *Node, copies map[*Node]place) {
	s := step{node: n}
	for _, x := range n.in {
		s.in = append(s.in, p.contiguous(x, copies))
	}
	p.home[n] = p.newValue(n, false)
	s.dst = []int{p.home[n].value}
	p.steps = append(p.steps, s)
}

// locate returns the place of a node that is computed already, a leaf or a view.
func (p *plan) locate(n *Node) place {
	if at, ok := p.home[n]; ok {
		return at
	}
	var at place
	if view := n.Primitive().view; view == nil {
		at = p.newValue(n, true)
	} else {
		from := p.locate(n.in[0])
		l, ok := view(n, from.layout)
		if !ok {
			from = p.copied(n.in[0])
			l, _ = view(n, from.layout)
		}
		at = place{from.value, l}
	}
	p.home[n] = at
	return at
}

func (p *plan) newValue(n *Node, kept bool) place {
	p.values = append(p.values, value{node: n, size: n.Size(), kept: kept, last: -1, inPlaceOf: -1})
	return place{len(p.values) - 1, layoutOf(n.shape)}
}

// contiguous returns a place where n lies in one piece: its own, or that of a
// copy, made once.
func (p *plan) contiguous(n *Node, copies map[*Node]place) place {
	at := p.locate(n)
	if contiguous(at.layout) {
		return at
	}
	c, ok := copies[n]
	if !ok {
		c = p.copied(n)
		copies[n] = c
	}
	return c
}

// copied adds a step that copies n to one contiguous piece.
func (p *plan) copied(n *Node) place {
	from := p.locate(n)
	to := p.newValue(n, false)
	p.steps = append(p.steps, step{node: n, copied: true, dst: []int{to.value}, in: []place{from}})
	return to
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
		if steps[i] = slices.ContainsFunc(s.dst, func(v int) bool { return read[v] }); steps[i] {
			for _, x := range s.in {
				read[x.value] = true
			}
		}
	}
	return steps
}
