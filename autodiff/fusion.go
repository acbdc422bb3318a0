package autodiff

import "slices"

// fusion is the program of a fused cluster: what is done with each block of
// elements. Its operands are numbered: first the loads, then the constants, then
// the results of the instructions.
type fusion struct {
	shape     []int     // as it lies in memory
	loads     []place   // operands in memory, their axes as the shape's
	constants []float64 // scalars that all elements share
	code      []instruction
	results   []int // by instruction: the value it is stored to, −1 if it stays in the cache
	sums      []sumEnd
	row       int // elements of the rows that are added up, 0 if none are
	registers int // blocks that are held at once
}

// instruction computes one node for a block, or two.
type instruction struct {
	node  *Node
	first *Node // an operand of node that the same loop computes, nil if none
	in    []int // operands
	dst   int   // the register of the result, if it is not stored
}

// arity is the number of operands.
func (ins instruction) arity() int {
	if ins.first != nil {
		return 3
	}
	return len(ins.node.in)
}

// sumEnd adds up an operand: over all elements, or row by row.
type sumEnd struct {
	operand, value int
	rows           bool
}

// fuser translates clusters, one after the other.
type fuser struct {
	cluster int                // the present one, from 1
	known   perNode[fusedNode] // of the present cluster or an earlier one
	sources []source           // of the operands of its instructions, one after the other
}

// fusedNode is what is known of a node that a cluster has or reads.
type fusedNode struct {
	cluster int
	source  source
	inside  bool  // of the cluster
	stored  bool  // the result is
	inner   bool  // is computed in the loop of another
	ordered bool  // its order is counted
	readers int   // inside
	with    *Node // is computed in this node's loop
}

// source is where an operand comes from.
type source struct {
	kind  sourceKind
	index int
}

type sourceKind int

const (
	unknownSource sourceKind = iota
	loaded
	constant
	computed
)

// begin makes a cluster the present one.
func (u *fuser) begin(c *cluster) {
	u.cluster++
	for _, n := range c.nodes {
		u.at(n).inside = true
	}
}

func (u *fuser) at(n *Node) *fusedNode {
	e := &u.known[n.seq]
	if e.cluster != u.cluster {
		*e = fusedNode{cluster: u.cluster}
	}
	return e
}

// fusion translates the nodes of the present cluster. lookup gives the place of an
// operand in memory, or of a result that is stored.
func (u *fuser) fusion(c *cluster, o order, lookup func(*Node) place) *fusion {
	f := &fusion{shape: o.permuted(c.nodes[0].shape), code: make([]instruction, 0, len(c.nodes)), results: make([]int, 0, len(c.nodes))}
	u.pair(c)
	sources := u.sources[:0]
	for _, n := range c.nodes {
		e := u.at(n)
		if e.inner {
			continue
		}
		list := operandsOf(n, e.with)
		f.code = append(f.code, instruction{node: n, first: e.with, dst: -1})
		for _, x := range list {
			s := &u.at(unstopped(x)).source
			if s.kind == unknownSource {
				if v, ok := x.Splat(); ok {
					*s = source{constant, len(f.constants)}
					f.constants = append(f.constants, v)
				} else {
					*s = source{loaded, len(f.loads)}
					at := lookup(x)
					f.loads = append(f.loads, place{at.value, o.view(at.layout)})
				}
			}
			sources = append(sources, *s)
		}
		e.source = source{computed, len(f.code) - 1}
		result := -1
		if e.stored {
			result = lookup(n).value
		}
		f.results = append(f.results, result)
	}
	u.sources = sources
	operands := make([]int, len(sources))
	first := [...]int{loaded: 0, constant: len(f.loads), computed: f.result(0)}
	for i, s := range sources {
		operands[i] = first[s.kind] + s.index
	}
	for k := range f.code {
		ins := &f.code[k]
		n := ins.arity()
		ins.in, operands = operands[:n:n], operands[n:]
	}
	for _, n := range c.sums {
		f.sums = append(f.sums, sumEnd{f.result(u.at(unstopped(n.in[0])).source.index), lookup(n).value, n.Rank() > 0})
		if n.Rank() > 0 {
			f.row = f.shape[len(f.shape)-1]
		}
	}
	f.assignRegisters()
	return f
}

// result returns the operand number of an instruction's result.
func (f *fusion) result(k int) int { return len(f.loads) + len(f.constants) + k }

// assignRegisters gives results that stay in the cache a block each, shared by
// those that are not needed at the same time.
func (f *fusion) assignRegisters() {
	last := make([]int, len(f.code))
	for k := range last {
		last[k] = -1
	}
	for k, ins := range f.code {
		for _, operand := range ins.in {
			if j := operand - f.result(0); j >= 0 {
				last[j] = k
			}
		}
	}
	for _, s := range f.sums {
		if j := s.operand - f.result(0); j >= 0 {
			last[j] = len(f.code)
		}
	}
	var free []int
	for k := range f.code {
		// An elementwise loop may write where it reads: free first.
		for i, operand := range f.code[k].in {
			j := operand - f.result(0)
			if j >= 0 && last[j] == k && f.results[j] < 0 && !slices.Contains(f.code[k].in[:i], operand) {
				free = append(free, f.code[j].dst)
			}
		}
		if f.results[k] >= 0 {
			continue
		}
		if len(free) > 0 {
			f.code[k].dst = free[len(free)-1]
			free = free[:len(free)-1]
		} else {
			f.code[k].dst = f.registers
			f.registers++
		}
	}
}

// lastRead returns the last instruction that reads a load.
func (f *fusion) lastRead(load int) int {
	for k := len(f.code) - 1; k >= 0; k-- {
		if slices.Contains(f.code[k].in, load) {
			return k
		}
	}
	return -1
}
