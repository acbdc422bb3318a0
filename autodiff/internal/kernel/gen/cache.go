package main

import "github.com/mmcloughlin/avo/operand"

// caches emits what tells the caches which memory is wanted.
func caches(g *generator) { g.prefetchLines() }

func (g *generator) prefetchLines() {
	const name = "prefetchLines"
	g.function(name, "func(p *byte, n int)", name+" asks for n ≥ 1 cache lines from p on.")
	p, n := g.argument("p"), g.argument("n")
	g.loop(label(name, "line"), n, func() {
		g.PREFETCHT1(operand.Mem{Base: p})
		g.ADDQ(operand.U32(64), p)
	})
	g.RET()
}
