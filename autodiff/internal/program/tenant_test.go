package program

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSettle checks that tenants that meet have places apart, and that the places
// together are hardly more than what is in use at once.
func TestSettle(t *testing.T) {
	for _, c := range []struct {
		name   string
		settle func([]*tenant)
		count  int
		most   float64 // times what is in use at once
	}{
		{"by size", settleBySize, 300, 1.2},
		{"by time", settleByTime, 300, 1.5},
		{"many", settle, 2 * manyTenants, 1.5},
	} {
		rng := rand.New(rand.NewPCG(1, 1))
		for range 20 {
			var list []*tenant
			live := make([]int, c.count)
			for i := range live {
				u := &tenant{size: 16 * (1 + rng.IntN(20)), first: i, last: min(i+rng.IntN(80), len(live)-1)}
				list = append(list, u)
				for i := u.first; i <= u.last; i++ {
					live[i] += u.size
				}
			}
			settled := slices.Clone(list)
			c.settle(settled)
			end := 0
			for i, u := range list {
				end = max(end, u.offset+u.size)
				for _, o := range list[max(i-80, 0):i] {
					if u.meets(o) && u.offset < o.offset+o.size && o.offset < u.offset+u.size {
						t.Fatalf("%s: %+v overlaps %+v", c.name, *u, *o)
					}
				}
			}
			if peak := slices.Max(live); float64(end) > c.most*float64(peak) {
				t.Errorf("%s: %d elements for a peak of %d", c.name, end, peak)
			}
			if c.count >= manyTenants {
				break
			}
		}
	}
}
