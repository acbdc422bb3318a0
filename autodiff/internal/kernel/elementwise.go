package kernel

// blockLen is how many elements an elementwise loop handles at once: a few
// blocks of either precision stay in the first-level cache.
const blockLen = 512

// Elementwise computes dst[i] = f(x₀[i], x₁[i], x₂[i]) over a row-major dst of
// the views' common shape, where loop does so for blocks that lie in one piece.
// Operands that do not are copied to scratch blocks first. At most 3 operands;
// loop gets nil for those absent.
func Elementwise[T Float](threads int, dst []T, in [][]T, views []Strided, loop func(dst, a, b, c []T)) {
	shape := views[0].Shape
	all := Collapsed(append([]Strided{Contiguous(shape)}, views...)...)
	rows, n := all[0].RowCount(), all[0].RowLen()
	if rows == 1 { // one long row: split it instead
		Parallel(threads, n, 8*blockLen, func(lo, hi int) {
			elementwiseRow(dst, in, all[1:], lo, hi, offsetsOf(all[1:]), loop)
		})
		return
	}
	Parallel(threads, rows, 1+8*blockLen/max(n, 1), func(lo, hi int) {
		lists := make([][]int, len(in))
		for k, v := range all[1:] {
			lists[k] = v.offsets(lo, hi)
		}
		offsets := make([]int, len(in))
		for row := lo; row < hi; row++ {
			for k := range lists {
				offsets[k] = lists[k][row-lo]
			}
			elementwiseRow(dst[row*n:], in, all[1:], 0, n, offsets, loop)
		}
	})
}

func offsetsOf(views []Strided) []int {
	list := make([]int, len(views))
	for k, v := range views {
		list[k] = v.Offset
	}
	return list
}

// elementwiseRow handles elements lo ≤ i < hi of one row; dst starts at the row.
func elementwiseRow[T Float](dst []T, in [][]T, views []Strided, lo, hi int, offsets []int, loop func(dst, a, b, c []T)) {
	var scratch [3][blockLen]T
	var x [3][]T
	for lo < hi {
		n := min(blockLen, hi-lo)
		for k := range in {
			step := views[k].RowStride()
			start := offsets[k] + lo*step
			if step == 1 {
				x[k] = in[k][start : start+n]
			} else {
				x[k] = scratch[k][:n]
				Gather(x[k], in[k], start, step, n)
			}
		}
		loop(dst[lo:lo+n], x[0], x[1], x[2])
		lo += n
	}
}
