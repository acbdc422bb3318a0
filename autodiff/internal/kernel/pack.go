package kernel

import "unsafe"

func copyRowsPlain(dst, src *float32, ds, ld, n, cols int) {
	for k := range n {
		copy(unsafe.Slice(at(dst, k*ds), cols), unsafe.Slice(at(src, k*ld), cols))
	}
}

func transposePlain(dst, src *float32, ds, ld, n, cols int) {
	for j := range cols {
		row := unsafe.Slice(at(src, j*ld), n)
		for k, v := range row {
			*at(dst, k*ds+j) = v
		}
	}
}

// packColumns copies a strip of count columns of m from column j on, k rows from
// row p on: dst[q·ds+l] = m[p+q, j+l].
func (set *instructionSet) packColumns(dst []float32, ds int, m Matrix[float32], p, k, j, count int) {
	if k == 0 {
		return
	}
	if !m.Trans {
		set.copyRows(&dst[0], &m.Data[p*m.Stride+j], ds, m.Stride, k, count)
		return
	}
	for l := 0; l < count; l += 16 {
		set.transpose(&dst[l], &m.Data[(j+l)*m.Stride+p], ds, m.Stride, k, min(16, count-l))
	}
}

// packRows copies count rows of m from row i on, k columns from column p on, as
// columns: dst[q·count+l] = m[i+l, p+q].
func (set *instructionSet) packRows(dst []float32, m Matrix[float32], i, count, p, k int) {
	m.Trans = !m.Trans
	set.packColumns(dst, count, m, p, k, i, count)
}
