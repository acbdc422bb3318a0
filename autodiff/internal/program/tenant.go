package program

import (
	"cmp"
	"slices"
)

// tenant is memory of the arena from one step to another: of a value, and of those that take it over from each other.
type tenant struct {
	size        int
	first, last int // the step that writes it first, the last that reads it
	offset      int
}

func (t *tenant) meets(u *tenant) bool { return t.first <= u.last && u.first <= t.last }

// settle gives each tenant, listed by their first steps, a place that is free for all of its time.
func settle(list []*tenant) {
	if len(list) < manyTenants {
		settleBySize(list)
	} else {
		settleByTime(list)
	}
}

// settleBySize gives each tenant the lowest free place, the largest ones first: small ones fit in the gaps that those leave. In
// all this is hardly more than what is in use at the busiest step.
func settleBySize(list []*tenant) {
	slices.SortStableFunc(list, func(a, b *tenant) int { return cmp.Compare(b.size, a.size) })
	settled := make([]*tenant, 0, len(list)) // in the order of their places
	for _, t := range list {
		if t.size == 0 {
			continue
		}
		for _, u := range settled {
			if u.offset >= t.offset+t.size {
				break
			}
			if t.meets(u) {
				t.offset = max(t.offset, u.offset+u.size)
			}
		}
		at, _ := slices.BinarySearchFunc(settled, t.offset, func(u *tenant, offset int) int { return cmp.Compare(u.offset, offset) })
		settled = slices.Insert(settled, at, t)
	}
}

// settleByTime gives each tenant the smallest gap that is free when its time comes.
// In plans of models this is up to a tenth more than what is in use at the busiest step.
func settleByTime(list []*tenant) {
	leaving := byLast(list)
	free := gaps{starts: make(map[int]int), ends: make(map[int]int), bySize: make(map[int][]int)}
	for _, t := range list {
		for ; leaving[0].last < t.first; leaving = leaving[1:] {
			free.give(leaving[0].offset, leaving[0].offset+leaving[0].size)
		}
		t.offset = free.take(t.size)
	}
}

// byLast lists tenants by the last steps that read them; those of one step stay in their order.
func byLast(list []*tenant) []*tenant {
	end := 0
	for _, t := range list {
		end = max(end, t.last+1)
	}
	place := make([]int32, end+1) // of the next tenant that leaves after a step
	for _, t := range list {
		place[t.last+1]++
	}
	for i := range end {
		place[i+1] += place[i]
	}
	sorted := make([]*tenant, len(list))
	for _, t := range list {
		sorted[place[t.last]] = t
		place[t.last]++
	}
	return sorted
}
