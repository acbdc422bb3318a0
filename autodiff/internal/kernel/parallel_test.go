package kernel

import (
	"slices"
	"sync"
	"testing"
)

// TestSplitCoversTheRange runs calls again and again, some at the same time.
func TestSplitCoversTheRange(t *testing.T) {
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			for _, n := range []int{0, 1, 2, 3, 7, 100} {
				for threads := 1; threads <= 4; threads++ {
					counts := make([]int, n)
					call := NewWorkspace[float64](threads).Split(n, 2, func(_ *Scratch[float64], lo, hi int) {
						for i := lo; i < hi; i++ {
							counts[i]++
						}
					})
					for range 100 {
						call()
					}
					if slices.ContainsFunc(counts, func(c int) bool { return c != 100 }) {
						t.Errorf("%d threads ran parts of %d as often as %v, want 100", threads, n, counts)
					}
				}
			}
		})
	}
	all.Wait()
}

// TestSplitGivesEachPartItsScratch has parts write to their scratch and look again.
func TestSplitGivesEachPartItsScratch(t *testing.T) {
	call := NewWorkspace[float64](4).Split(4, 1, func(s *Scratch[float64], lo, hi int) {
		for range 1000 {
			x := s.Elements(1)
			x[0] = float64(lo)
			if x[0] != float64(lo) {
				t.Errorf("part %d–%d shares its scratch", lo, hi)
			}
		}
	})
	call()
}

func TestSplitRaisesPanics(t *testing.T) {
	stop := true
	call := NewWorkspace[float64](4).Split(100, 1, func(_ *Scratch[float64], lo, _ int) {
		if stop && lo == 0 {
			panic("stop")
		}
	})
	defer func() {
		if r := recover(); r != "stop" {
			t.Errorf("recovered %v, want the panic of the body", r)
		}
		stop = false
		call() // the panic does not come again
	}()
	call()
}
