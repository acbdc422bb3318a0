package main

import (
	"fmt"
)

// peaks emits loops of independent multiply-adds in registers.
func peaks(g *generator) {
	for _, unit := range []struct {
		bits, sums int
	}{{512, 24}, {256, 12}} {
		name, wide := fmt.Sprintf("peak%d", unit.bits), unit.bits == 512
		g.function(name, "func(n int)", fmt.Sprintf("%s runs %d multiply-adds of %d bits n times, in registers.", name, unit.sums, unit.bits))
		n := g.argument("n")
		for i := range unit.sums + 2 {
			v := vector(i, wide)
			if wide {
				g.VPXORD(v, v, v)
			} else {
				g.VXORPS(v, v, v)
			}
		}
		g.loop(label(name, "loop"), n, func() {
			for i := range unit.sums {
				g.VFMADD231PS(vector(unit.sums, wide), vector(unit.sums+1, wide), vector(i, wide))
			}
		})
		g.done()
	}
}
