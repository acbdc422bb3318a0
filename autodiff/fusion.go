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

// sumEnd adds up an operand: over all elements, or row by row.
type sumEnd struct {
	operand, value int
	rows           bool
}

// newFusion translates the nodes of a cluster. lookup gives the place of an
// operand in memory, stored tells where a node's result is to be kept.
func newFusion(c *cluster, o order, lookup func(*Node) place, stored func(*Node) (int, bool)) *fusion {
	f := &fusion{shape: o.permuted(c.nodes[0].shape)}
	type source struct{ kind, index int } // 0 load, 1 constant, 2 instruction
	sources := make(map[*Node]source)
	var operands [][]source
	with := paired(c, stored)
	inner := make(map[*Node]bool)
	for _, first := range with {
		inner[first] = true
	}
	for _, n := range c.nodes {
		if inner[n] {
			continue
		}
		f.code = append(f.code, instruction{node: n, first: with[n], dst: -1})
		list := operandsOf(n, with[n])
		in := make([]source, len(list))
		for i, x := range list {
			s, known := sources[unstopped(x)]
			if !known {
				if v, ok := x.Splat(); ok {
					s = source{1, len(f.constants)}
					f.constants = append(f.constants, v)
				} else {
					s = source{0, len(f.loads)}
					at := lookup(x)
					f.loads = append(f.loads, place{at.value, o.view(at.layout)})
				}
				sources[unstopped(x)] = s
			}
			in[i] = s
		}
		operands = append(operands, in)
		sources[n] = source{2, len(f.code) - 1}
		result := -1
		if v, ok := stored(n); ok {
			result = v
		}
		f.results = append(f.results, result)
	}
	first := []int{0, len(f.loads), len(f.loads) + len(f.constants)}
	for k, list := range operands {
		for _, s := range list {
			f.code[k].in = append(f.code[k].in, first[s.kind]+s.index)
		}
	}
	for _, n := range c.sums {
		value, _ := stored(n)
		f.sums = append(f.sums, sumEnd{f.result(sources[unstopped(n.in[0])].index), value, n.Rank() > 0})
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
