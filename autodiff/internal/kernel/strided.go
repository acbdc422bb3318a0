package kernel

// Strided is a view of a slice: element (i₀, i₁, …) is at
// Offset + Σ iₖ·Strides[k]. Strides may be 0 (repeated) or negative (reversed).
type Strided struct {
	Shape, Strides []int
	Offset         int
}

// Collapsed returns the same view with axes of size 1 dropped and axes that
// follow each other without a gap in all the given views merged. All shapes are equal.
func Collapsed(views ...Strided) []Strided {
	out, rank := make([]Strided, len(views)), len(views[0].Shape)
	sizes := make([]int, 2*rank*len(views)) // of all shapes and strides
	for v := range views {
		at := 2 * rank * v
		out[v] = Strided{sizes[at : at : at+rank], sizes[at+rank : at+rank : at+2*rank], views[v].Offset}
	}
	for k, d := range views[0].Shape {
		if d == 1 {
			continue
		}
		last := len(out[0].Shape) - 1
		merge := last >= 0
		for v := range views {
			merge = merge && out[v].Strides[last] == views[v].Strides[k]*d
		}
		for v := range views {
			if merge {
				out[v].Shape[last] *= d
				out[v].Strides[last] = views[v].Strides[k]
			} else {
				out[v].Shape = append(out[v].Shape, d)
				out[v].Strides = append(out[v].Strides, views[v].Strides[k])
			}
		}
	}
	return out
}

// permuted returns the view with its axes in another order.
func (s Strided) permuted(axes []int) Strided {
	out := Strided{make([]int, len(axes)), make([]int, len(axes)), s.Offset}
	for k, axis := range axes {
		out.Shape[k], out.Strides[k] = s.Shape[axis], s.Strides[axis]
	}
	return out
}

// Cursor walks over the rows of a view, the runs along its last axis, counted over
// the axes before it. A view without axes has one row of one element.
type Cursor struct {
	view   Strided
	index  []int
	Offset int // of the present row
}

// At returns a cursor at the given row.
func (s Strided) At(row int) Cursor {
	var c Cursor
	c.Seek(s, row)
	return c
}

// Seek puts the cursor at a row of a view.
func (c *Cursor) Seek(s Strided, row int) {
	outer := max(len(s.Shape)-1, 0)
	if cap(c.index) < outer {
		c.index = make([]int, outer)
	}
	c.view, c.index, c.Offset = s, c.index[:outer], s.Offset
	for k := outer - 1; k >= 0; k-- {
		c.index[k] = row % s.Shape[k]
		row /= s.Shape[k]
		c.Offset += c.index[k] * s.Strides[k]
	}
}

// Run returns how many rows from the present one on have the same distance, and that
// distance.
func (c *Cursor) Run() (rows, step int) {
	k := len(c.index) - 1
	if k < 0 {
		return 1, 0
	}
	return c.view.Shape[k] - c.index[k], c.view.Strides[k]
}

// Skip moves on by some rows of the present run.
func (c *Cursor) Skip(rows int) {
	k := len(c.index) - 1
	if k < 0 {
		return
	}
	c.index[k] += rows - 1
	c.Offset += (rows - 1) * c.view.Strides[k]
	c.Next()
}

// Next moves to the next row; after the last one comes the first.
func (c *Cursor) Next() {
	for k := len(c.index) - 1; k >= 0; k-- {
		c.index[k]++
		c.Offset += c.view.Strides[k]
		if c.index[k] < c.view.Shape[k] {
			return
		}
		c.Offset -= c.index[k] * c.view.Strides[k]
		c.index[k] = 0
	}
}

// RowLen returns the size of the last axis, 1 for a view without axes.
func (s Strided) RowLen() int {
	if len(s.Shape) == 0 {
		return 1
	}
	return s.Shape[len(s.Shape)-1]
}

// RowStride returns the stride of the last axis, 1 for a view without axes.
func (s Strided) RowStride() int {
	if len(s.Shape) == 0 {
		return 1
	}
	return s.Strides[len(s.Shape)-1]
}

// RowCount returns the number of rows.
func (s Strided) RowCount() int {
	n := 1
	for k := 0; k < len(s.Shape)-1; k++ {
		n *= s.Shape[k]
	}
	if s.RowLen() == 0 {
		return 0
	}
	return n
}

// Write sets the elements of the view dst of to from number start on, row by
// row, to src.
func Write[T Float](to []T, dst Strided, start int, src []float64) {
	n, step := dst.RowLen(), dst.RowStride()
	if len(src) == 0 {
		return
	}
	row := dst.At(start / n)
	first := start % n
	for len(src) > 0 {
		count := min(n-first, len(src))
		o := row.Offset + first*step
		if step == 1 {
			run := to[o:][:count]
			for i, v := range src[:count] {
				run[i] = T(v)
			}
		} else {
			for _, v := range src[:count] {
				to[o] = T(v)
				o += step
			}
		}
		src, first = src[count:], 0
		row.Next()
	}
}

// Scale multiplies x by a factor, which is rounded to T.
func Scale[T Float](x []T, factor float64) {
	f := T(factor)
	x32, ok := any(x).([]float32)
	if !ok {
		for i := range x {
			x[i] *= f
		}
		return
	}
	for len(x32) > 0 {
		run := x32[:min(longestRun, len(x32))]
		Float32.Mul(run, run, []float32{float32(f)})
		x32 = x32[len(run):]
	}
}

// Contiguous returns the row-major view of a slice of the given shape.
func Contiguous(shape []int) Strided {
	strides, step := make([]int, len(shape)), 1
	for k := len(shape) - 1; k >= 0; k-- {
		strides[k] = step
		step *= max(shape[k], 1)
	}
	return Strided{Shape: shape, Strides: strides}
}

// IsContiguous reports whether the elements follow each other row by row without gaps.
func (s Strided) IsContiguous() bool {
	step := 1
	for k := len(s.Shape) - 1; k >= 0; k-- {
		d := s.Shape[k]
		if d > 1 && s.Strides[k] != step {
			return false
		}
		step *= max(d, 1)
	}
	return true
}
