package main

import (
	"fmt"
)

// peaks emits loops of independent multiply-adds in registers.
func peaks(g *generator) {
	for _, set := range []struct {
		bits, sums int
	}{{512, 24}, {256, 12}} {
		name, wide := fmt.Sprintf("peak%d", set.bits), set.bits == 512
		g.function(name, "func(n int)", fmt.Sprintf("%s runs %d multiply-adds of %d bits n times, in registers.", name, set.sums, set.bits))
		n := g.argument("n")
		for i := range set.sums + 2 {
			v := vector(i, wide)
			if wide {
				g.VPXORD(v, v, v)
			} else {
				g.VXORPS(v, v, v)
			}
		}
		g.loop(label(name, "loop"), n, func() {
			for i := range set.sums {
				g.VFMADD231PS(vector(set.sums, wide), vector(set.sums+1, wide), vector(i, wide))
			}
		})
		g.done()
	}
}
