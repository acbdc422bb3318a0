package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// runs emits the functions that write many short rows in one call.
func runs(g *generator) {
	for _, wide := range []bool{true, false} {
		g.runs("copyRuns", "src[k·ld+j]", wide, true)
		g.runs("fillRuns", "src[k·ld]", wide, false)
	}
}

// runs emits one of them. The last vector of a row ends where the row does, so that it
// may overlap the one before it.
func (g *generator) runs(name, element string, wide, copied bool) {
	name, size := name+"256", 32
	if wide {
		name, size = name[:len(name)-3]+"512", 64
	}
	doc := name + " writes n ≥ 1 rows of cols elements, at least a vector:\n\n\tfor k, j { dst[k·ds+j] = " + element + " }"
	g.function(name, "func(dst, src *float32, ds, ld, n, cols int)", doc)
	dst, src, last, n := g.argument("dst"), g.argument("src"), g.argument("cols"), g.argument("n")
	ds, ld := g.argument("ds"), g.argument("ld")
	for _, r := range []reg.Register{ds, ld, last} {
		g.SHLQ(operand.Imm(2), r)
	}
	g.SUBQ(operand.U32(uint32(size)), last)
	v, i := vector(0, wide), g.GP64()
	move := func(at reg.Register) {
		if copied {
			g.VMOVUPS(operand.Mem{Base: src, Index: at, Scale: 1}, v)
		}
		g.VMOVUPS(v, operand.Mem{Base: dst, Index: at, Scale: 1})
	}
	g.loop(label(name, "row"), n, func() {
		if !copied {
			g.VBROADCASTSS(operand.Mem{Base: src}, v)
		}
		g.XORQ(i, i)
		g.CMPQ(last, i)
		g.JEQ(operand.LabelRef(label(name, "last")))
		g.Label(label(name, "vector"))
		move(i)
		g.ADDQ(operand.U32(uint32(size)), i)
		g.CMPQ(i, last)
		g.JLT(operand.LabelRef(label(name, "vector")))
		g.Label(label(name, "last"))
		move(last)
		g.ADDQ(ld, src)
		g.ADDQ(ds, dst)
	})
	g.done()
}
