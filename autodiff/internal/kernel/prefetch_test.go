package kernel

import "testing"

// TestPrefetch asks for slices of all lengths, empty ones too.
func TestPrefetch(t *testing.T) {
	x := make([]float32, 130)
	for n := range x {
		Prefetch(x[:n])
		Prefetch(x[len(x)-n:])
	}
	Prefetch([]float64(nil))
}

// TestComing checks that each element of a part of a matrix is in a row that is asked
// for, that no row goes beyond the matrix, and that all are asked for in time.
func TestComing(t *testing.T) {
	const size, stride = 7, 9
	for _, trans := range []bool{false, true} {
		data := make([]float32, (size-1)*stride+size)
		for i := range data {
			data[i] = float32(i)
		}
		for _, part := range [][4]int{{0, size, 0, size}, {2, 3, 1, 5}, {6, 1, 6, 1}, {3, 4, 5, 2}} {
			i, rows, j, cols := part[0], part[1], part[2], part[3]
			want := make(map[float32]bool)
			for r := i; r < i+rows; r++ {
				for c := j; c < j+cols; c++ {
					at := r*stride + c
					if trans {
						at = c*stride + r
					}
					want[data[at]] = true
				}
			}
			for times := 1; times <= 9; times++ {
				c := comes(Matrix[float32]{data, stride, trans}, i, rows, j, cols)
				left := c
				left.batch = 1
				for range c.rows {
					for _, v := range left.data[:left.width] {
						if !want[v] {
							t.Fatalf("trans %v, part %v: asks for element %v, which is not in it", trans, part, v)
						}
					}
					left.prefetch()
				}
				if c.rows*c.width != len(want) {
					t.Fatalf("trans %v, part %v: asks for %d elements, the part has %d", trans, part, c.rows*c.width, len(want))
				}
				first, rows := int(c.data[0]), c.rows
				c.divide(times)
				for range times {
					c.prefetch()
					if next := first + (rows-c.rows)*stride; c.rows > 0 && int(c.data[0]) != next {
						t.Fatalf("trans %v, part %v: goes on at element %v after %d rows, want %d", trans, part, c.data[0], rows-c.rows, next)
					}
				}
				if c.rows != 0 {
					t.Fatalf("trans %v, part %v: %d rows are left after %d times", trans, part, c.rows, times)
				}
			}
		}
	}
}
