package program

import (
	"math/rand/v2"
	"testing"
)

// TestNumberSet compares a set with a plain list of flags.
func TestNumberSet(t *testing.T) {
	for _, most := range []int{1, 64, 65, 5000, 300000} {
		rng := rand.New(rand.NewPCG(1, uint64(most)))
		var s numberSet
		has := make([]bool, most)
		for range 2000 {
			i := rng.IntN(most)
			if has[i] {
				s.remove(i)
			} else {
				s.add(i)
			}
			has[i] = !has[i]
			from := rng.IntN(most + 70)
			want, found := from, false
			for ; want < most && !found; want++ {
				found = has[want]
			}
			if got, ok := s.next(from); ok != found || ok && got != want-1 {
				t.Fatalf("up to %d: next of %d is %d (%v), want %d (%v)", most, from, got, ok, want-1, found)
			}
		}
	}
}
