package program

import (
	"math/rand/v2"
	"testing"
)

// TestCheapestCut compares cuts of random networks with the cheapest of all.
func TestCheapestCut(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for round := range 500 {
		n := 2 + rng.IntN(8)
		var g network
		for range n {
			g.vertex()
		}
		type edge struct {
			from, to int32
			capacity int64
		}
		var edges []edge
		for range rng.IntN(5 * n) {
			e := edge{int32(rng.IntN(n)), int32(rng.IntN(n)), int64(rng.IntN(9))}
			edges = append(edges, e)
			g.connect(e.from, e.to, e.capacity)
		}
		cost := func(side func(v int32) bool) int64 {
			total := int64(0)
			for _, e := range edges {
				if side(e.from) && !side(e.to) {
					total += e.capacity
				}
			}
			return total
		}
		cheapest := int64(unlimited)
		for set := range 1 << n {
			if set&1 == 1 && set&2 == 0 { // the source is 0, the sink 1
				cheapest = min(cheapest, cost(func(v int32) bool { return set>>v&1 == 1 }))
			}
		}
		side := g.cut(0, 1)
		if !side[0] || side[1] {
			t.Fatalf("round %d: the source or the sink is on the wrong side", round)
		}
		if got := cost(func(v int32) bool { return side[v] }); got != cheapest {
			t.Fatalf("round %d: the cut costs %d, the cheapest %d", round, got, cheapest)
		}
	}
}
