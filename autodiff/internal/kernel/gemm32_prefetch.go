package kernel

import "unsafe"

// coming is the part of a matrix that is read next. Its rows are prefetched while
// something else is computed, since the processor does not predict them.
type coming struct {
	data                []float32
	rows, width, stride int
	batch               int // rows to prefetch at a time
}

// comingRows is what a block of rows reads at a depth.
func (p *StackedProduct) comingRows(r rowBlock, k, depth int) coming {
	return comes(Matrix[float32]{r.factor.A, p.StrideA, p.TransA}, r.first, r.count, k, depth)
}

// comes returns the part of m of some rows from row i and columns from column j on.
func comes(m Matrix[float32], i, rows, j, cols int) coming {
	if m.Trans {
		i, rows, j, cols = j, cols, i, rows
	}
	return coming{m.Data[i*m.Stride+j:], rows, cols, m.Stride, 0}
}

// divide divides the rows among a number of calls of prefetch.
func (c *coming) divide(times int) { c.batch = balanced(c.rows, times) }

// prefetch prefetches the next batch of the rows.
func (c *coming) prefetch() {
	rows := min(c.batch, c.rows)
	if rows == 0 || c.width == 0 {
		return
	}
	long, width := rows, c.width
	if c.width == c.stride {
		long, width = 1, rows*c.width
	}
	prefetchRows((*byte)(unsafe.Pointer(&c.data[0])), (4*width+lineBytes-1)/lineBytes, long, 4*c.stride)
	if c.rows -= rows; c.rows > 0 {
		c.data = c.data[rows*c.stride:]
	}
}
