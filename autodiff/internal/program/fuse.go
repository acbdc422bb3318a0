package program

import "slices"

// fuser translates clusters, one after the other.
type fuser struct {
	*Graph
	known   []fusedNode    // of the present cluster
	of      perNode[int32] // the places in known of its nodes, of others anything
	loads   []place        // of its instructions
	sources [][3]source    // of the operands of its instructions
	last    []int          // instruction that reads the result of each
	free    []int16        // registers
}

// fusedNode is what is known of a node that a cluster has or reads.
type fusedNode struct {
	node    Node
	first   Node  // is computed in this node's loop, else none
	readers int32 // inside
	source  source
	inside  bool // of the cluster
	stored  bool // the result is
	inner   bool // is computed in the loop of another
	ordered bool // its order is counted
}

// source is where an operand comes from.
type source struct {
	index int32
	kind  sourceKind
}

type sourceKind uint8

const (
	unknownSource sourceKind = iota
	loaded
	constant
	computed
)

// begin makes a cluster the present one.
func (u *fuser) begin(c *cluster) {
	u.known = u.known[:0]
	for _, n := range c.nodes {
		u.at(n).inside = true
	}
}

// at returns what is known of a node: a place that holds until another becomes known.
func (u *fuser) at(n Node) *fusedNode {
	k := int(u.of[n])
	if k >= len(u.known) || u.known[k].node != n {
		k = len(u.known)
		u.of[n] = int32(k)
		u.known = append(u.known, fusedNode{node: n, first: none})
	}
	return &u.known[k]
}

// fusion translates the nodes of the present cluster. lookup gives the place of an operand in memory, or of a result that is
// stored.
func (u *fuser) fusion(c *cluster, o Order, lookup func(Node) place) *fusion {
	f := &fusion{shape: o.Permuted(u.shape(c.nodes[0]))}
	u.pair(c)
	count := 0
	for _, n := range c.nodes {
		if !u.at(n).inner {
			count++
		}
	}
	f.code = make([]instruction, 0, count)
	loads, sources := u.loads[:0], u.sources[:0]
	for _, n := range c.nodes {
		if u.at(n).inner {
			continue
		}
		ins := instruction{node: n, first: u.at(n).first, in: [3]int16{-1, -1, -1}, dst: -1, result: -1}
		var of [3]source
		operands, count := u.operandsOf(n, ins.first)
		for k, x := range operands[:count] {
			s := &u.at(u.seen(x)).source
			if s.kind == unknownSource {
				if v, ok := u.splat(x); ok {
					*s = source{int32(len(f.constants)), constant}
					f.constants = append(f.constants, v)
				} else {
					*s = source{int32(len(loads)), loaded}
					at := lookup(x)
					if o != nil {
						l := o.view(*at.layout)
						at.layout = &l
					}
					loads = append(loads, at)
				}
			}
			of[k] = *s
		}
		sources = append(sources, of)
		e := u.at(n)
		e.source = source{int32(len(f.code)), computed}
		if e.stored {
			ins.result = int32(lookup(n).value)
		}
		f.code = append(f.code, ins)
	}
	f.loads = slices.Clone(loads)
	u.loads, u.sources = loads, sources
	first := [...]int{loaded: 0, constant: len(f.loads), computed: f.result(0)}
	for k := range f.code {
		for i, s := range sources[k] {
			if s.kind != unknownSource {
				f.code[k].in[i] = int16(first[s.kind] + int(s.index))
			}
		}
	}
	for _, n := range c.sums {
		rows := u.kind(n).rank() > 0
		f.sums = append(f.sums, sumEnd{f.result(int(u.at(u.seen(u.operand(n, 0))).source.index)), lookup(n).value, rows})
		if rows {
			f.row = f.shape[len(f.shape)-1]
		}
	}
	u.assignRegisters(f)
	return f
}

// assignRegisters gives results that stay in the cache a block each, shared by those that are not needed at the same time.
func (u *fuser) assignRegisters(f *fusion) {
	last := f.lastReads(u.last[:0])
	free := u.free[:0]
	for k := range f.code {
		// An elementwise loop may write where it reads: free first.
		for i, operand := range f.code[k].in {
			j := int(operand) - f.result(0)
			if j >= 0 && last[j] == k && f.code[j].result < 0 && !slices.Contains(f.code[k].in[:i], operand) {
				free = append(free, f.code[j].dst)
			}
		}
		if f.code[k].result >= 0 {
			continue
		}
		if len(free) > 0 {
			f.code[k].dst = free[len(free)-1]
			free = free[:len(free)-1]
		} else {
			f.code[k].dst = int16(f.registers)
			f.registers++
		}
	}
	u.last, u.free = last, free
}

// pair finds for the nodes of a fused cluster the node that is computed in one loop with each: an operand that nobody else reads
// and that is not stored.
func (u *fuser) pair(c *cluster) {
	for _, n := range c.nodes {
		for _, x := range u.in(n) {
			u.at(u.seen(x)).readers++
		}
	}
	for _, n := range c.sums {
		u.at(u.seen(u.operand(n, 0))).readers++
	}
	for _, n := range c.nodes {
		with := u.kind(n).With
		if with == nil {
			continue
		}
		for _, x := range u.in(n) {
			x = u.seen(x)
			e := u.at(x)
			if !e.inside || e.stored || e.readers != 1 || e.first != none {
				continue
			}
			if _, ok := with(u.kind(x).Op); ok && u.full(x) {
				u.at(n).first, e.inner = x, true
				break
			}
		}
	}
}

// full reports whether an operand of x has an element for each of x's, and may so be the first of a pair: it is put there if the
// order does not matter.
func (u *fuser) full(x Node) bool {
	_, first := u.splat(u.operand(x, 0))
	_, second := u.splat(u.operand(x, 1))
	return !first || !second && u.kind(x).Swaps
}

// operandsOf returns the operands of the loop for n: those of the node paired with it, then the other one of n.
func (u *fuser) operandsOf(n, first Node) (operands [3]Node, count int) {
	if first == none {
		return operands, copy(operands[:], u.in(n))
	}
	other := u.operand(n, 0)
	if u.seen(other) == first {
		other = u.operand(n, 1)
	}
	a, b := u.operand(first, 0), u.operand(first, 1)
	if _, splat := u.splat(a); splat {
		a, b = b, a
	}
	return [3]Node{a, b, other}, 3
}
