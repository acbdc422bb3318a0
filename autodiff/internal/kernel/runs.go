package kernel

import "unsafe"

// short reports whether the rows are better written many in a call.
func short[T Float](to []T, m rowsOf) bool {
	_, is32 := any(to).([]float32)
	return is32 && m.rows > 1 && m.n >= instructionSets[0].cols/2 && m.n <= shortRun
}

// writeRuns copies or fills the rows of m, short ones, with the given function of an
// instruction set.
func writeRuns[T Float](to, from []T, m rowsOf, write func(dst, src *float32, ds, ld, n, cols int)) {
	dst, src := any(to).([]float32), any(from).([]float32)
	read := (m.n-1)*m.fromStep + 1
	for _, r := range [2]int{0, m.rows - 1} { // assembly does not look
		_, _ = dst[m.to+r*m.next:][:m.n], src[m.from+r*m.fromNext:][:read]
	}
	perCall := callRuns / m.n
	for r := 0; r < m.rows; r += perCall {
		write(&dst[m.to+r*m.next], &src[m.from+r*m.fromNext], m.next, m.fromNext, min(perCall, m.rows-r), m.n)
	}
}

func fillRunsPlain(dst, src *float32, ds, ld, n, cols int) {
	for k := range n {
		row, x := unsafe.Slice(at(dst, k*ds), cols), *at(src, k*ld)
		for j := range row {
			row[j] = x
		}
	}
}
