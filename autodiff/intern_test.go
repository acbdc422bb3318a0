package autodiff

import (
	"runtime"
	"testing"
)

// TestLargeConstant: a constant is copied once, and the same one again not at all.
func TestLargeConstant(t *testing.T) {
	data := make([]float64, 1<<18)
	data[0] = 1
	g := NewGraph()
	allocated := func(shape ...int) (n *Node, bytes uint64) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		n = g.Const(data, shape...)
		runtime.ReadMemStats(&after)
		return n, after.TotalAlloc - before.TotalAlloc
	}
	first, bytes := allocated(len(data))
	if most := uint64(8*len(data)) * 5 / 4; bytes > most {
		t.Errorf("%d bytes are allocated, at most %d are due", bytes, most)
	}
	again, bytes := allocated(len(data))
	if other, _ := allocated(1, len(data)); again != first || other == first || bytes > 1<<16 {
		t.Errorf("the same constant is another one: %v, of another shape the same: %v; %d bytes for it", again != first, other == first, bytes)
	}
}
