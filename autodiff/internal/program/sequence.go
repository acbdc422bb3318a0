package program

import (
	"cmp"
	"slices"
)

// ordered lists the clusters, each as late as the nodes with kernels of their own, in the order they were built, and the cuts
// allow; but those that give back memory, since their results are much smaller than what they read, as early as possible.
func (w *work) ordered(f *formation) []*cluster {
	s := &sequence{
		work: w, of: newTable[int32](w), read: newTable[bool](w), clusters: f.clusters, links: make([]link, len(f.clusters)), uses: make([]use, 1, 1+len(w.nodes)),
	}
	s.links[0].done = true
	nodes := make([]Node, len(w.nodes)) // of fused clusters, one after the other
	for _, n := range w.nodes {
		c := f.of(n)
		if c == nil {
			continue
		}
		c = c.whole()
		s.of[n] = c.number
		if c.fused && c.nodes == nil {
			c.nodes, nodes = nodes[:0:c.size], nodes[c.size:]
		}
		if c.fused && w.kind(n).Sums == nil {
			c.nodes = append(c.nodes, n)
		}
	}
	for _, n := range w.outputs {
		s.read[w.base(n)] = true
	}
	for _, n := range w.nodes {
		user := s.of[n]
		if user == 0 {
			continue
		}
		fused := s.clusters[user].fused
		for _, x := range w.in(n) {
			b := w.base(x)
			if c := s.of[b]; c != user || !fused {
				s.read[b] = true
				if c != 0 && c != user {
					s.connect(c, user)
				}
			}
		}
	}
	for i, n := range w.nodes {
		if i > 0 && w.phase[n] > w.phase[w.nodes[i-1]] {
			for _, m := range w.nodes[:i] { // is stored from here on, or else cut off
				s.emit(s.of[m])
			}
		}
		if c := s.of[n]; c != 0 && !s.clusters[c].fused {
			s.emit(c)
		}
	}
	for _, n := range w.outputs {
		s.emit(s.of[w.base(n)])
	}
	return s.list
}

// sequence is a list of clusters in the making. They are known by their numbers; 0 is none.
type sequence struct {
	*work
	of       perNode[int32]
	read     perNode[bool] // outside their cluster
	clusters []*cluster    // by number
	links    []link        // of them
	uses     []use         // from 1
	list     []*cluster
}

// link is how a cluster goes with others.
type link struct {
	first, last int32 // of its uses, 0 if there are none
	waiting     int32 // for how many clusters that are not listed, as often as it uses them
	done        bool
}

// use is that a cluster reads a node of another.
type use struct {
	user int32
	next int32 // use of the other, 0 if this is the last
}

// connect notes that user reads c.
func (s *sequence) connect(c, user int32) {
	at, l := int32(len(s.uses)), &s.links[c]
	s.uses = append(s.uses, use{user: user})
	if l.first == 0 {
		l.first = at
	} else {
		s.uses[l.last].next = at
	}
	l.last = at
	s.links[user].waiting++
}

// emission is a cluster that is being listed: after what it reads, and before those of its users that give back memory.
type emission struct {
	cluster int32
	reads   []int32
	use     int32 // of it, the next one, 0 if there is none
	listed  bool
}

// emit lists a cluster and what goes with it.
func (s *sequence) emit(c int32) {
	stack := s.begin(nil, c)
	for len(stack) > 0 {
		e := &stack[len(stack)-1]
		switch {
		case len(e.reads) > 0:
			c, e.reads = e.reads[0], e.reads[1:]
			stack = s.begin(stack, c)
		case !e.listed:
			e.listed = true
			s.list = append(s.list, s.clusters[e.cluster])
			e.use = s.links[e.cluster].first
		case e.use > 0:
			u := s.uses[e.use]
			c, e.use = u.user, u.next
			l := &s.links[c]
			if l.waiting--; l.waiting == 0 && s.shrinks(c) {
				stack = s.begin(stack, c)
			}
		default:
			stack = stack[:len(stack)-1]
		}
	}
}

// begin puts a cluster on the stack that is not done yet, if there is one.
func (s *sequence) begin(stack []emission, number int32) []emission {
	if s.links[number].done {
		return stack
	}
	s.links[number].done = true
	c := s.clusters[number]
	slices.SortFunc(c.nodes, func(a, b Node) int { return cmp.Compare(s.original(a), s.original(b)) })
	e := emission{cluster: number}
	if c.onto != none {
		if d := s.of[c.onto]; !s.links[d].done {
			e.reads = append(e.reads, d)
		}
	}
	for _, n := range c.nodes {
		for _, x := range s.in(n) {
			if d := s.of[s.base(x)]; !s.links[d].done {
				e.reads = append(e.reads, d)
			}
		}
	}
	return append(stack, e)
}

// shrinks reports whether the results of a cluster that others read are much smaller than its operands.
func (s *sequence) shrinks(number int32) bool {
	c := s.clusters[number]
	in, out := 0, 0
	for i, n := range c.nodes {
		if s.read[n] || !c.fused && c.onto == none && i == 0 {
			out += s.size(n)
		}
		for _, x := range s.in(n) {
			if s.of[x] != number && !s.isConstant(x) {
				in += s.size(s.base(x))
			}
		}
	}
	return out <= in/4
}
