package kernel

import "sync"

// The order of every sum is fixed by the shapes: parts of about sumChunk elements
// are summed apart, by any thread, and then added in order.
const (
	sumChunk = 1 << 14
	sumBlock = 4096 // the longest run for one call of a loop
	sumWidth = 512  // narrower rows are added several at a time
)

// Sum adds up x, a row-major tensor of the given shape, over the axes where
// reduced is set, into dst, row-major over the other axes.
func Sum[T Float](threads int, dst, x []T, shape []int, reduced []bool) {
	switch {
	case len(dst) == 0:
	case len(x) == 0:
		clear(dst)
	default:
		split(threads, dst, x, alternating(shape, reduced))
	}
}

// sumAxis is one axis of a tensor, or several in one.
type sumAxis struct {
	size int
	kept bool
}

// alternating merges neighbouring axes, so that kept ones and others take turns.
func alternating(shape []int, reduced []bool) []sumAxis {
	var axes []sumAxis
	for i, d := range shape {
		if last := len(axes) - 1; last >= 0 && axes[last].kept != reduced[i] {
			axes[last].size *= d
		} else if d > 1 {
			axes = append(axes, sumAxis{d, !reduced[i]})
		}
	}
	return axes
}

// split sums on several threads. They share the first axis if it is kept; if few
// sums are, chunks of the first axis; else the second.
func split[T Float](threads int, dst, x []T, axes []sumAxis) {
	const enough = 8 // parts to share
	chunks := len(x) / max(sumChunk, 32*len(dst))
	switch {
	case len(axes) > 0 && axes[0].kept && axes[0].size < enough:
		n, step := len(dst)/axes[0].size, len(x)/axes[0].size
		for i := range axes[0].size {
			split(threads, dst[i*n:][:n], x[i*step:][:step], axes[1:])
		}
	case len(axes) > 0 && axes[0].kept:
		splitOuter(threads, dst, x, axes)
	case chunks > 1 && len(dst) <= sumBlock:
		splitChunks(threads, dst, x, axes, chunks)
	case len(axes) > 1:
		splitColumns(threads, dst, x, axes)
	default:
		accumulate(1, func(acc []float64) {
			addSums(acc, x, axes)
			round(dst, acc)
		})
	}
}

// splitOuter shares the first axis, which is kept.
func splitOuter[T Float](threads int, dst, x []T, axes []sumAxis) {
	size := axes[0].size
	n, step := len(dst)/size, len(x)/size
	Parallel(threads, size, 1+2*sumChunk/step, func(lo, hi int) {
		group := max(1, sumBlock/n)
		for ; lo < hi; lo += group {
			part := min(group, hi-lo)
			accumulate(part*n, func(acc []float64) {
				for i := range part {
					addSums(acc[i*n:][:n], x[(lo+i)*step:][:step], axes[1:])
				}
				round(dst[lo*n:], acc)
			})
		}
	})
}

// splitChunks shares chunks of the first axis, which is not kept.
func splitChunks[T Float](threads int, dst, x []T, axes []sumAxis, chunks int) {
	size, n := axes[0].size, len(dst)
	chunks = min(chunks, size)
	step := len(x) / size
	accumulate(chunks*n, func(acc []float64) {
		Parallel(threads, chunks, 1+2*sumChunk*chunks/len(x), func(lo, hi int) {
			for q := lo; q < hi; q++ {
				first, count := share(size, chunks, q)
				part := append([]sumAxis{{count, false}}, axes[1:]...)
				addSums(acc[q*n:][:n], x[first*step:][:count*step], part)
			}
		})
		for q := 1; q < chunks; q++ {
			for i, v := range acc[q*n:][:n] {
				acc[i] += v
			}
		}
		round(dst, acc[:n])
	})
}

// splitColumns shares the second axis, which is kept, unlike the first.
func splitColumns[T Float](threads int, dst, x []T, axes []sumAxis) {
	columns := axes[1].size
	n, step, row := len(dst)/columns, len(x)/axes[0].size/columns, len(x)/axes[0].size
	group := max(1, sumBlock/step)
	Parallel(threads, balanced(columns, group), 1+2*sumChunk/(axes[0].size*group*step), func(lo, hi int) {
		for j := lo * group; j < min(hi*group, columns); j += group {
			part := min(group, columns-j)
			inner := append([]sumAxis{{part, true}}, axes[2:]...)
			accumulate(part*n, func(acc []float64) {
				if part == columns {
					addSums(acc, x, axes)
				} else {
					for r := range axes[0].size {
						addSums(acc, x[r*row+j*step:][:part*step], inner)
					}
				}
				round(dst[j*n:], acc)
			})
		}
	})
}

var accumulators = sync.Pool{New: func() any { return new([]float64) }}

// accumulate calls body with n zeros.
func accumulate(n int, body func(acc []float64)) {
	p := accumulators.Get().(*[]float64)
	acc := grow(p, n)
	clear(acc)
	body(acc)
	accumulators.Put(p)
}

func round[T Float](dst []T, acc []float64) {
	for i, v := range acc {
		dst[i] = T(v)
	}
}

// addSums adds the sums of x to acc.
func addSums[T Float](acc []float64, x []T, axes []sumAxis) {
	switch {
	case len(axes) == 0:
		acc[0] += float64(x[0])
	case len(axes) == 1 && axes[0].kept:
		addRow(acc, x)
	case len(axes) == 1:
		for ; len(x) > sumBlock; x = x[sumBlock:] {
			acc[0] += SumRun(x[:sumBlock])
		}
		acc[0] += SumRun(x)
	case len(axes) == 2 && axes[1].kept:
		addRows(acc, x, axes[0].size)
	default:
		size, n := axes[0].size, len(acc)
		step, next := len(x)/size, 0
		if axes[0].kept {
			n /= size
			next = n
		}
		for i := range size {
			addSums(acc[i*next:][:n], x[i*step:][:step], axes[1:])
		}
	}
}

// addRows adds up rows. Several narrow ones are taken as a wide one, whose parts
// are then added in order.
func addRows[T Float](acc []float64, x []T, rows int) {
	n := len(acc)
	together := sumWidth / n
	if together > 1 && rows >= 4*together {
		var wide [sumWidth]float64
		for step := together * n; rows >= together; rows -= together {
			addRow(wide[:step], x[:step])
			x = x[step:]
		}
		for q := range together {
			for i, v := range wide[q*n:][:n] {
				acc[i] += v
			}
		}
	}
	for ; rows > 0; rows-- {
		addRow(acc, x[:n])
		x = x[n:]
	}
}

// addRow adds x to acc, element by element.
func addRow[T Float](acc []float64, x []T) {
	floats, ok := any(x).([]float32)
	if !ok {
		for i, v := range x {
			acc[i] += float64(v)
		}
		return
	}
	for ; len(floats) > sumBlock; floats = floats[sumBlock:] {
		Float32.AddTo64(acc[:sumBlock], floats[:sumBlock])
		acc = acc[sumBlock:]
	}
	Float32.AddTo64(acc, floats)
}

// SumRun adds up a slice in float64, in a fixed order.
func SumRun[T Float](x []T) float64 {
	if x, ok := any(x).([]float32); ok {
		return Float32.Sum(x)
	}
	var s0, s1, s2, s3 float64
	for len(x) >= 4 {
		s0 += float64(x[0])
		s1 += float64(x[1])
		s2 += float64(x[2])
		s3 += float64(x[3])
		x = x[4:]
	}
	for _, v := range x {
		s0 += float64(v)
	}
	return (s0 + s1) + (s2 + s3)
}
