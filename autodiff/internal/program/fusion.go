package program

import "slices"

// fusion is what a fused cluster does with each block of elements. Its operands are numbered: first the loads, then the constants,
// then the results of the instructions.
type fusion struct {
	shape     []int     // in the order of memory
	loads     []place   // operands in memory, their axes as the shape's
	constants []float64 // scalars that all elements share
	code      []instruction
	sums      []sumEnd
	row       int // elements of the rows that are added up, 0 if none are
	registers int // blocks that are held at once
}

// instruction computes one node for a block, or two.
type instruction struct {
	node   Node
	first  Node     // the operand of node that the same loop computes, else none
	in     [3]int16 // operands, −1 for those that are absent
	dst    int16    // the register of the result, if it is not stored
	result int32    // the value it is stored to, −1 if it stays in the cache
}

// sumEnd adds up an operand: over all elements, or row by row.
type sumEnd struct {
	operand, value int
	rows           bool
}

// result returns the operand number of an instruction's result.
func (f *fusion) result(k int) int { return len(f.loads) + len(f.constants) + k }

// lastRead returns the last instruction that reads a load.
func (f *fusion) lastRead(load int) int {
	for k := len(f.code) - 1; k >= 0; k-- {
		if slices.Contains(f.code[k].in[:], int16(load)) {
			return k
		}
	}
	return -1
}

// lastReads appends to a list, for each instruction, the last one that reads its result: −1 if none does, the number of
// instructions if a sum does.
func (f *fusion) lastReads(last []int) []int {
	for range f.code {
		last = append(last, -1)
	}
	for k, ins := range f.code {
		for _, operand := range ins.in {
			if j := int(operand) - f.result(0); j >= 0 {
				last[j] = k
			}
		}
	}
	for _, s := range f.sums {
		if j := s.operand - f.result(0); j >= 0 {
			last[j] = len(f.code)
		}
	}
	return last
}

// loops returns the loop that computes an instruction.
func (g *Graph) loops(i *instruction) Loops {
	if i.first != none {
		l, _ := g.kind(i.node).With(g.kind(i.first).Op)
		return l
	}
	return g.kind(i.node).Loops
}
