package program

import (
	"fmt"
	"slices"
)

// verifyClusters panics unless clusters compute the work: each finds what it reads, which is leaves, its own nodes, or what clusters
// before it have stored; nothing is stored twice, and no more than the work says; none has nodes from both sides of a cut; and nothing is computed for nobody.
func (w *work) verifyClusters(clusters []*cluster) {
	made := newTable[bool](w)
	for i, c := range clusters {
		if len(c.nodes) == 0 {
			panic(fmt.Sprintf("cluster %d is empty", i))
		}
		phase, shape := w.phase[c.nodes[0]], w.shape(c.nodes[0])
		for _, n := range c.nodes {
			for _, x := range w.in(n) {
				b := w.base(x)
				inside := c.fused && slices.Contains(c.nodes, w.seen(x))
				switch {
				case !w.isLeaf(b) && !inside && !made[b]:
					panic(fmt.Sprintf("cluster %d reads node %d before it is there", i, b))
				case inside && w.original(w.seen(x)) >= w.original(n):
					panic(fmt.Sprintf("cluster %d computes node %d after %d", i, x, n))
				}
			}
			switch {
			case c.fused && !slices.Equal(w.shape(n), shape):
				panic(fmt.Sprintf("cluster %d mixes shapes %v and %v", i, w.shape(n), shape))
			case w.phase[n] != phase:
				panic(fmt.Sprintf("cluster %d has nodes of the phases %d and %d", i, phase, w.phase[n]))
			}
		}
		for n := range c.results() {
			if made[n] {
				panic(fmt.Sprintf("cluster %d computes node %d again", i, n))
			}
			made[n] = true
		}
	}
	external, _ := w.externals(clusters)
	stored := 0
	for _, c := range clusters {
		for n := range c.results() {
			if external[n] {
				stored += w.size(n)
			}
		}
	}
	if _, peak := w.peak(clusters); max(stored, peak) > w.stored {
		panic(fmt.Sprintf("%d elements are stored, %d at once: more than %d", stored, peak, w.stored))
	}
	for _, n := range w.outputs {
		if b := w.base(n); !w.isLeaf(b) && !made[b] {
			panic(fmt.Sprintf("output %d is never computed", n))
		}
	}
	readers := w.countReaders()
	for _, n := range w.nodes {
		if readers[n] == 0 {
			panic(fmt.Sprintf("nobody reads node %d", n))
		}
	}
}

// verifyMemory panics if a step writes over what a later one reads.
func (p *plan) verifyMemory() {
	var live []int // values in the arena that are read later
	for i, s := range p.steps {
		for _, x := range s.in {
			if v := p.values[x.value]; !v.kept && !slices.Contains(live, x.value) {
				panic(fmt.Sprintf("step %d reads value %d, which is gone", i, x.value))
			}
		}
		live = slices.DeleteFunc(live, func(v int) bool { return int(p.values[v].last) <= i && !slices.Contains(s.dst, v) })
		for _, d := range s.dst {
			if p.values[d].kept || slices.Contains(live, d) {
				continue
			}
			for _, v := range live {
				if a, b := p.values[d], p.values[v]; a.offset < b.offset+b.size && b.offset < a.offset+a.size {
					panic(fmt.Sprintf("step %d writes value %d over value %d", i, d, v))
				}
			}
			live = append(live, d)
		}
	}
}
