package kernel

// Indices checks that every element of index is a whole number from 0 to n−1
// and returns the first that is not.
func Indices[T Float](index []T, n int) (bad T, ok bool) {
	for _, v := range index {
		if !(v >= 0 && v < T(n)) || v != T(int(v)) {
			return v, false
		}
	}
	return 0, true
}

// Take copies dst[o,k,:] = x[o,index[k],:] for x [outer n inner] and dst
// [outer len(index) inner].
func Take[T Float](ws *Workspace[T], dst, x, index []T, outer, n, inner int) func() {
	return ws.Split(outer*len(index), 1+moveGrain/max(inner, 1), func(_ *Scratch[T], lo, hi int) {
		for r := lo; r < hi; r++ {
			o, at := r/len(index), int(index[r%len(index)])
			copy(dst[r*inner:(r+1)*inner], x[(o*n+at)*inner:])
		}
	})
}

// Scatter adds dst[o,index[k],:] += dy[o,k,:] into zeros, the adjoint of Take.
// The additions happen in the order of dy.
func Scatter[T Float](dst, dy, index []T, outer, n, inner int) {
	clear(dst)
	for r := range outer * len(index) {
		o, at := r/len(index), int(index[r%len(index)])
		to := dst[(o*n+at)*inner:][:inner]
		for i, v := range dy[r*inner:][:inner] {
			to[i] += v
		}
	}
}

// TakeAlong copies dst[o,k,i] = x[o,index[o,k,i],i] for x [outer n inner] and
// dst and index [outer count inner].
func TakeAlong[T Float](ws *Workspace[T], dst, x, index []T, outer, n, count, inner int) func() {
	return ws.Split(outer, 1+moveGrain/max(count*inner, 1), func(_ *Scratch[T], lo, hi int) {
		for o := lo; o < hi; o++ {
			for r := o * count * inner; r < (o+1)*count*inner; r++ {
				dst[r] = x[(o*n+int(index[r]))*inner+r%inner]
			}
		}
	})
}

// ScatterAlong adds dst[o,index[o,k,i],i] += dy[o,k,i] into zeros, the adjoint
// of TakeAlong.
func ScatterAlong[T Float](ws *Workspace[T], dst, dy, index []T, outer, n, count, inner int) func() {
	return ws.Split(outer, 1+moveGrain/max(count*inner, 1), func(_ *Scratch[T], lo, hi int) {
		clear(dst[lo*n*inner : hi*n*inner])
		for o := lo; o < hi; o++ {
			for r := o * count * inner; r < (o+1)*count*inner; r++ {
				dst[(o*n+int(index[r]))*inner+r%inner] += dy[r]
			}
		}
	})
}
