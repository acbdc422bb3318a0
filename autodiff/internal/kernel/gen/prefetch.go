package main

import "github.com/mmcloughlin/avo/operand"

// prefetches emits what asks the caches for memory.
func prefetches(g *generator) { g.prefetchRows() }

func (g *generator) prefetchRows() {
	const name = "prefetchRows"
	g.function(name, "func(p *byte, lines, rows, stride int)",
		name+" asks for the first cache lines, at least one, of rows ≥ 1 rows of stride bytes from p on.")
	row, lines, rows, stride := g.argument("p"), g.argument("lines"), g.argument("rows"), g.argument("stride")
	p, left := g.GP64(), g.GP64()
	g.loop(label(name, "row"), rows, func() {
		g.MOVQ(row, p)
		g.MOVQ(lines, left)
		g.loop(label(name, "line"), left, func() {
			g.PREFETCHT1(operand.Mem{Base: p})
			g.ADDQ(operand.U32(64), p)
		})
		g.ADDQ(stride, row)
	})
	g.RET()
}
