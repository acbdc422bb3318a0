package autodiff

import (
	"math/rand/v2"
	"testing"
)

// TestHashIndex adds and drops numbers whose hashes often meet, and finds those that are there.
func TestHashIndex(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, hashes := range []int32{7, 100, 1 << 30} {
		var x hashIndex
		hash := func(number int32) uint32 { return uint32(number*1000003) % uint32(hashes) }
		there := make(map[int32]bool)
		for range 3000 {
			number := rng.Int32N(300)
			found, ok := x.find(hash(number), func(k int32) bool { return k == number })
			if ok != there[number] || ok && found != number {
				t.Fatalf("%d hashes: %d is there: %v; found %d, %v", hashes, number, there[number], found, ok)
			}
			if ok {
				x.drop(hash(number), number)
			} else {
				x.add(hash(number), number)
			}
			there[number] = !ok
		}
	}
}
