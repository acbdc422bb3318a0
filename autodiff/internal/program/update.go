package program

import "slices"

// Update sets a variable to an output of the same shape in every run that computes that, after all steps that read the
// variable.
type Update struct{ Variable, Next Node }

// addUpdates has those steps write variables that may: those that read it last, block by block before they write. The others
// are copied at the end. A variable that the program does not need is left out.
func (p *plan) addUpdates(updates []Update) {
	p.findLast()
	for _, u := range updates {
		to, needed := p.home.at(u.Variable)
		from := p.results[u.Next]
		switch {
		case !needed:
		case p.writesOver(from, to):
			p.values[from.value].inPlaceOf = int32(to.value)
			p.updates = append(p.updates, update{from.value, -1})
		default:
			o, _ := orderOf(*to.layout)
			p.updates = append(p.updates, update{from.value, len(p.steps)})
			p.steps = append(p.steps, step{node: u.Variable, copied: true, dst: []int{to.value}, in: []place{from}, how: Arrangement{Out: o}})
		}
	}
}

// writesOver reports whether the step that computes what is in one place may write it over what it reads in another.
func (p *plan) writesOver(from, to place) bool {
	i := p.values[from.value].written
	return i >= 0 && p.values[from.value].inPlaceOf < 0 && slices.Equal(from.layout.Strides, to.layout.Strides) &&
		p.values[from.value].size == p.values[to.value].size && p.readBefore(int(i), from.value, to.value)
}
