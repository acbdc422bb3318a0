package main

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
)

// A table is the read-only data of the generated file: each constant once, four
// bytes long, behind a window of masks.
type table struct {
	*build.Context
	base  operand.Mem
	index map[uint32]int
}

// windowLen is how many lanes are set at the start of the table; as many clear
// ones follow. Read from lane windowLen−n it is the mask of n elements.
const windowLen = 32

func newTable(c *build.Context) *table {
	t := &table{c, c.StaticGlobal("loopTable"), map[uint32]int{}}
	c.DataAttributes(attr.NOPTR | attr.RODATA)
	for range windowLen {
		c.AppendDatum(operand.U32(0xffffffff))
	}
	for range windowLen {
		c.AppendDatum(operand.U32(0))
	}
	return t
}

func (t *table) at(bits uint32) operand.Mem {
	i, known := t.index[bits]
	if !known {
		i = len(t.index)
		t.index[bits] = i
		t.AddDatum(4*(2*windowLen+i), operand.U32(bits))
	}
	return t.base.Offset(4 * (2*windowLen + i))
}
