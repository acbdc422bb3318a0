package kernel

// Elementwise computes dst[i] = f(x₀[i], x₁[i], x₂[i]) over a row-major dst of
// the views' common shape, where loop does so for contiguous blocks.
// Operands that are not contiguous are copied to scratch blocks first. At most 3 operands;
// loop gets nil for those absent.
func Elementwise[T Float](dst []T, in [][]T, views []Strided, loop func(dst, a, b, c []T)) {
	all := Collapsed(append([]Strided{Contiguous(views[0].Shape)}, views...)...)
	n, views := all[0].RowLen(), all[1:]
	cursors := make([]Cursor, len(in))
	for k, v := range views {
		cursors[k] = v.At(0)
	}
	var scratch, x [3][]T
	for row := range all[0].RowCount() {
		for lo := 0; lo < n; lo += blockLen {
			count := min(blockLen, n-lo)
			for k, v := range views {
				step := v.RowStride()
				start := cursors[k].Offset + lo*step
				if step == 1 {
					x[k] = in[k][start : start+count]
				} else {
					if scratch[k] == nil {
						scratch[k] = make([]T, min(blockLen, n))
					}
					x[k] = scratch[k][:count]
					Gather(x[k], in[k], start, step, count)
				}
			}
			loop(dst[row*n+lo:][:count], x[0], x[1], x[2])
		}
		for k := range cursors {
			cursors[k].Next()
		}
	}
}
