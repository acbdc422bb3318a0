package metainit

import "slices"

// pairAll pairs tensors one by one with those that have their values. What is left is then paired with tensors that are taken, as
// another copy of them.
func pairAll(from, to []*stray) ([]match, error) {
	once := func(from, to []*stray) ([]match, error) {
		pairs, err := pair(from, to)
		if err != nil {
			return nil, err
		}
		more, err := byQuantiles(from, to)
		return append(pairs, more...), err
	}
	all, err := once(from, to)
	for err == nil {
		var more, copies []match
		if more, err = once(unpaired(from), again(to)); err != nil {
			break
		}
		if copies, err = once(again(from), unpaired(to)); err != nil {
			break
		}
		if len(more)+len(copies) == 0 {
			return all, nil
		}
		all = append(append(all, more...), copies...)
	}
	return nil, err
}

// unpaired returns those that no values were found for.
func unpaired(list []*stray) []*stray {
	return slices.DeleteFunc(slices.Clone(list), func(c *stray) bool { return c.used })
}

// again returns copies of those that values were found for, which are free.
func again(list []*stray) (free []*stray) {
	for _, c := range list {
		if c.used {
			other := *c
			other.used = false
			free = append(free, &other)
		}
	}
	return free
}

// byQuantiles pairs what is left with positive multiples in any order. Such values are sorted once for each tensor.
func byQuantiles(from, to []*stray) (pairs []match, err error) {
	eligible := func(c *stray) bool { return !c.used && !c.uniform && c.tensor.IsFloat() && c.scalable() }
	sizes := make(map[int64]int)
	for side, list := range [][]*stray{from, to} {
		for _, c := range list {
			if eligible(c) {
				sizes[c.tensor.Size()] |= 1 << side
			}
		}
	}
	var sought [2][]*stray
	for side, list := range [][]*stray{from, to} {
		for _, c := range list {
			if eligible(c) && sizes[c.tensor.Size()] == 3 {
				sought[side] = append(sought[side], c)
			}
		}
	}
	both := slices.Concat(sought[0], sought[1])
	err = inParallel(0, len(both), func(i int) error {
		c := both[i]
		if c.holding != nil {
			return nil
		}
		h, err := newHolding(c.name, c.tensor, 1)
		if err != nil {
			return err
		}
		if c.holding = h.normalized(); c.holding == nil {
			return nil
		}
		return c.holding.sketch()
	})
	if err != nil {
		return nil, err
	}
	for _, a := range sought[0] {
		for _, b := range sought[1] {
			if a.holding == nil || b.holding == nil || b.used || !a.holding.fits(b.holding) {
				continue
			}
			_, found, err := a.holding.arrangement(b.holding)
			if err != nil {
				return nil, err
			}
			if found {
				a.used, b.used = true, true
				pairs = append(pairs, match{a, b, true})
				break
			}
		}
	}
	return pairs, nil
}
