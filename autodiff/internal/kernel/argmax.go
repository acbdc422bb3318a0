package kernel

// ArgMax writes the index of the first maximum along the middle axis of
// x [outer n inner] to dst [outer inner]. NaN counts as the maximum.
func ArgMax[T Float](ws *Workspace[T], dst, x []T, outer, n, inner int) func() {
	if dst, ok := any(dst).([]float32); ok && len(dst) > 0 {
		ws, x := any(ws).(*Workspace[float32]), any(x).([]float32)
		switch {
		case inner > 1:
			return argMaxColumns(ws, dst, x, outer, n, inner)
		case outer > 1 && n <= longestRun/lineRows:
			return argMaxRows(ws, dst, x, outer, n)
		}
	}
	return ws.Split(outer, 1+moveGrain/max(n*inner, 1), func(_ *Scratch[T], lo, hi int) {
		for o := lo; o < hi; o++ {
			argMaxPlain(dst[o*inner:][:inner], x[o*n*inner:], 1, inner, n)
		}
	})
}

// argMaxPlain finds the maxima of some columns of n elements: column i starts at element i·next of x, and its elements are step apart.
func argMaxPlain[T Float](dst, x []T, next, step, n int) {
	for i := range dst {
		best, at := x[i*next], 0
		for k := 1; k < n; k++ {
			if v := x[i*next+k*step]; v > best || v != v && best == best {
				best, at = v, k
			}
		}
		dst[i] = T(at)
	}
}

// argMaxColumns is ArgMax of columns next to each other: all of them at once.
func argMaxColumns(ws *Workspace[float32], dst, x []float32, outer, n, inner int) func() {
	return ws.Split(outer, 1+loopGrain/(n*inner), func(s *Scratch[float32], lo, hi int) {
		for o := lo; o < hi; o++ {
			columns := x[o*n*inner:][:n*inner]
			for i := 0; i < inner; i += longestRun {
				to := dst[o*inner+i : o*inner+min(i+longestRun, inner)]
				if !argMaxOfColumns(to, columns[i:], inner, n, s) {
					argMaxPlain(to, columns[i:], 1, inner, n)
				}
			}
		}
	})
}

// argMaxRows is ArgMax of rows of n elements: several at a time are transposed to columns.
func argMaxRows(ws *Workspace[float32], dst, x []float32, outer, n int) func() {
	some := min(outer, longestRun/n)
	return ws.Split(balanced(outer, some), 1+loopGrain/(n*some), func(s *Scratch[float32], lo, hi int) {
		columns := grow(&s.columns, n*some)
		for o := lo * some; o < min(hi*some, outer); o += some {
			rows, to := x[o*n:], dst[o:min(o+some, outer)]
			moveRows(columns, rows, rowsOf{n: len(to), rows: n, fromStep: n, fromNext: 1, step: 1, next: len(to)})
			if !argMaxOfColumns(to, columns, len(to), n, s) {
				argMaxPlain(to, rows, n, 1, n)
			}
		}
	})
}

// argMaxOfColumns finds the maxima of the columns of n rows, which are step apart. It reports whether there is no NaN among
// them: comparisons with NaN are never true, so that the result would be wrong.
func argMaxOfColumns(dst, x []float32, step, n int, s *Scratch[float32]) bool {
	buffer := grow(&s.a, 2*len(dst)+1)
	best, less, index := buffer[:len(dst)], buffer[len(dst):2*len(dst)], buffer[2*len(dst):]
	copy(best, x)
	clear(dst)
	for k := 1; k < n; k++ {
		v := x[k*step:][:len(dst)]
		index[0] = float32(k)
		Float32.Less(less, best, v)
		Float32.Select(dst, less, index, dst)
		Float32.Max(best, best, v)
	}
	sum := Float32.Sum(best)
	return sum == sum
}
