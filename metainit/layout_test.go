package metainit

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestLayout: a matrix and its transpose have each other's hashes, in blocks of any size, and other numbers or places have others.
func TestLayout(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	layoutOf := func(x []float64, shape ...int) *layoutReader {
		l := newLayoutReader(shape)
		for len(x) > 0 {
			n := min(1+random.IntN(400), len(x))
			l.add(x[:n])
			x = x[n:]
		}
		return l
	}
	for _, shape := range [][2]int{{1, 1}, {3, 5}, {700, 3}, {3, 700}, {256, 257}, {300, 512}} {
		rows, columns := shape[0], shape[1]
		x, y, absolute := make([]float64, rows*columns), make([]float64, rows*columns), 0.0
		for i := range x {
			if x[i] = math.Floor(8 * random.NormFloat64()); x[i] == 0 {
				x[i] = math.Copysign(0, -1)
			}
			y[i%columns*rows+i/columns] = x[i] + 0 // 0 of −0
			absolute += math.Abs(x[i])
		}
		a, b, flat := layoutOf(x, rows, columns), layoutOf(y, columns, rows), layoutOf(x, len(x))
		if a.l1 != absolute || b.l1 != absolute {
			t.Errorf("%v: sums of absolute values %v and %v, want %v", shape, a.l1, b.l1, absolute)
		}
		if flat.ordered != a.ordered || flat.unordered != a.unordered {
			t.Errorf("%v: another layout without the shape", shape)
		}
		if rows > 1 && a.turned != b.ordered || columns > 1 && rows > 1 && a.ordered != b.turned || a.unordered != b.unordered {
			t.Errorf("%v: %+v is not the transpose of %+v", shape, a.layout, b.layout)
		}
		if rows == 1 {
			continue
		}
		if a.ordered == b.ordered || a.turned == b.turned {
			t.Errorf("%v: a matrix has the layout of its transpose", shape)
		}
		i, j := random.IntN(len(x)), random.IntN(len(x))
		for x[i] == x[j] {
			j = random.IntN(len(x))
		}
		x[i], x[j] = x[j], x[i]
		if c := layoutOf(x, rows, columns); c.ordered == a.ordered || c.turned == a.turned || c.unordered != a.unordered {
			t.Errorf("%v: elements %d and %d exchanged: %+v, before %+v", shape, i, j, c.layout, a.layout)
		}
		x[i]++
		if c := layoutOf(x, rows, columns); c.unordered == a.unordered {
			t.Errorf("%v: another number has the same hash", shape)
		}
	}
}
