package autodiff

import "slices"

// ordered lists the clusters, each as late as the nodes with kernels of their
// own, in the order they were built, and the cuts allow; but those that give back
// memory, since their results are much smaller than what they read, as early as
// possible.
func (w *work) ordered(of map[*Node]*cluster) []*cluster {
	s := &sequence{
		of: of, users: make(map[*cluster][]*cluster), waiting: make(map[*cluster]int),
		done: make(map[*cluster]bool), read: make(map[*Node]bool, len(w.order)),
	}
	for _, n := range w.outputs {
		s.read[n.base] = true
	}
	type use struct{ of, by *cluster }
	used := make(map[use]bool)
	for _, n := range w.order {
		user := of[n]
		if user == nil {
			continue
		}
		for _, x := range n.in {
			if c := of[x.base]; c != user || !c.fused {
				s.read[x.base] = true
				if c != nil && c != user && !used[use{c, user}] {
					used[use{c, user}] = true
					s.users[c] = append(s.users[c], user)
					s.waiting[user]++
				}
			}
		}
	}
	for i, n := range w.order {
		if i > 0 && w.phase[n] > w.phase[w.order[i-1]] {
			for _, m := range w.order[:i] { // is stored from here on, or else cut off
				s.emit(of[m])
			}
		}
		if c := of[n]; c != nil && !c.fused {
			s.emit(c)
		}
	}
	for _, n := range w.outputs {
		s.emit(of[n.base])
	}
	return s.list
}

// sequence is a list of clusters in the making.
type sequence struct {
	of      map[*Node]*cluster
	users   map[*cluster][]*cluster
	waiting map[*cluster]int // how many of those that a cluster reads are not listed
	done    map[*cluster]bool
	read    map[*Node]bool // outside their cluster
	list    []*cluster
}

// emission is a cluster that is being listed: after what it reads, and before
// those of its users that give back memory.
type emission struct {
	cluster *cluster
	reads   []*cluster
	users   []*cluster
	listed  bool
}

// emit lists a cluster and what goes with it.
func (s *sequence) emit(c *cluster) {
	stack := s.begin(nil, c)
	for len(stack) > 0 {
		e := &stack[len(stack)-1]
		switch {
		case len(e.reads) > 0:
			c, e.reads = e.reads[0], e.reads[1:]
			stack = s.begin(stack, c)
		case !e.listed:
			e.listed = true
			s.list = append(s.list, e.cluster)
			e.users = s.users[e.cluster]
		case len(e.users) > 0:
			c, e.users = e.users[0], e.users[1:]
			if s.waiting[c]--; s.waiting[c] == 0 && s.shrinks(c) {
				stack = s.begin(stack, c)
			}
		default:
			stack = stack[:len(stack)-1]
		}
	}
}

// begin puts a cluster on the stack that is not done yet, if there is one.
func (s *sequence) begin(stack []emission, c *cluster) []emission {
	if c == nil || s.done[c] {
		return stack
	}
	s.done[c] = true
	slices.SortFunc(c.nodes, func(a, b *Node) int { return a.id - b.id })
	e := emission{cluster: c}
	if c.onto != nil && !s.done[s.of[c.onto]] {
		e.reads = append(e.reads, s.of[c.onto])
	}
	for _, n := range c.nodes {
		for _, x := range n.in {
			if d := s.of[x.base]; d != nil && !s.done[d] {
				e.reads = append(e.reads, d)
			}
		}
	}
	return append(stack, e)
}

// shrinks reports whether the results of a cluster that others read are much
// smaller than its operands.
func (s *sequence) shrinks(c *cluster) bool {
	in, out := 0, 0
	for i, n := range c.nodes {
		if s.read[n] || !c.fused && c.onto == nil && i == 0 {
			out += n.Size()
		}
		for _, x := range n.in {
			if s.of[x] != c && x.op != OpConst {
				in += x.base.Size()
			}
		}
	}
	return out <= in/4
}
