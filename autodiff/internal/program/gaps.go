package program

// gaps are the free stretches of memory, each between two that are in use.
type gaps struct {
	end          int         // of the memory in use
	starts, ends map[int]int // of a gap by its end, by its start

	sizes  numberSet     // of gaps, divided by the alignment
	bySize map[int][]int // where gaps of a size start; some are no more
}

// take returns the start of a stretch that is no longer free: of the smallest gap
// that is large enough.
func (g *gaps) take(size int) int {
	for {
		k, ok := g.sizes.next(size / alignment)
		if !ok {
			break
		}
		found := k * alignment
		list := g.bySize[found]
		at := list[len(list)-1]
		if g.bySize[found] = list[:len(list)-1]; len(list) == 1 {
			g.sizes.remove(k)
		}
		if end, ok := g.ends[at]; ok && end == at+found {
			g.close(at, end)
			g.give(at+size, end)
			return at
		}
	}
	at := g.end
	if start, ok := g.starts[g.end]; ok {
		g.close(start, g.end)
		at = start
	}
	g.end = at + size
	return at
}

// give makes a stretch free; the gaps that it touches become one with it.
func (g *gaps) give(start, end int) {
	if start == end {
		return
	}
	if before, ok := g.starts[start]; ok {
		g.close(before, start)
		start = before
	}
	if behind, ok := g.ends[end]; ok {
		g.close(end, behind)
		end = behind
	}
	g.starts[end], g.ends[start] = start, end
	size := end - start
	g.sizes.add(size / alignment)
	g.bySize[size] = append(g.bySize[size], start)
}

// close forgets a gap; bySize keeps it until it is looked at.
func (g *gaps) close(start, end int) {
	delete(g.starts, end)
	delete(g.ends, start)
}
