package autodiff

import "slices"

// Update makes a variable what an output of the same shape is, in every run that computes that: the next step of what is
// computed of its own last result. It is made after all that reads the variable.
type Update struct{ Variable, Next *Node }

// checkUpdates fails unless each is of a variable, by an output of the same shape, and the only one of both.
func checkUpdates(updates []Update, outputs []*Node) {
	known, computed := make(map[*Node]bool), make(map[*Node]bool)
	for _, n := range outputs {
		computed[n] = true
	}
	for _, u := range updates {
		switch {
		case u.Variable.op != OpVariable || !slices.Equal(u.Variable.shape, u.Next.shape):
			fail("compile", "update of %v by %v: it has to be of a variable, by a node of the same shape", u.Variable, u.Next)
		case known[u.Variable] || known[u.Next]:
			fail("compile", "update of %v by %v: one of them has an update already", u.Variable, u.Next)
		case !computed[u.Next]:
			fail("compile", "update of %v by %v: that is not an output", u.Variable, u.Next)
		}
		known[u.Variable], known[u.Next] = true, true
	}
}

// update is a value that a variable takes, and the step that copies it, −1 if it is written over the variable.
type update struct{ next, copy int }

// addUpdates has those steps write variables that may: those that read it last, block by block before they write. The others
// are copied at the end. A variable that the program does not need is left out.
func (p *plan) addUpdates(updates []Update) {
	p.findLast()
	for _, u := range updates {
		to, needed := p.home.at(u.Variable)
		from := p.outputs[u.Next]
		switch {
		case !needed:
		case p.writesOver(from, to):
			p.values[from.value].inPlaceOf = int32(to.value)
			p.updates = append(p.updates, update{from.value, -1})
		default:
			o, _ := orderOf(*to.layout)
			p.updates = append(p.updates, update{from.value, len(p.steps)})
			p.steps = append(p.steps, step{node: u.Variable, copied: true, dst: []int{to.value}, in: []place{from}, at: arrangement{out: o}})
		}
	}
}

// writesOver reports whether the step that computes what lies in one place may write it over what it reads in another.
func (p *plan) writesOver(from, to place) bool {
	i := p.values[from.value].written
	return i >= 0 && p.values[from.value].inPlaceOf < 0 && slices.Equal(from.layout.Strides, to.layout.Strides) &&
		p.values[from.value].size == p.values[to.value].size && p.readBefore(int(i), from.value, to.value)
}

// arrangeStates lays out the variables of updates that nothing has read before as the results of a fused cluster: what is computed
// of them lies in the same order.
func (p *plan) arrangeStates(c *cluster, o order) {
	for _, n := range c.nodes {
		for _, x := range n.in {
			if x = unstopped(x); p.states[x] && o != nil && slices.Equal(x.shape, n.shape) && p.leaves[x] == nil {
				if _, placed := p.home.at(x); !placed {
					p.leaves[x] = o
				}
			}
		}
	}
}
