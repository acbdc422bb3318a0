package kernel

// The order of every sum is fixed by the shapes: chunks of about sumChunk elements
// are summed each by itself, by any thread, and then added in order.

// Sum adds up x, a row-major tensor of the given shape, over the axes where
// reduced is set, into dst, row-major over the other axes.
func Sum[T Float](ws *Workspace[T], dst, x []T, shape []int, reduced []bool) func() {
	switch {
	case len(dst) == 0:
		return none
	case len(x) == 0:
		return func() { clear(dst) }
	}
	return sums(ws, dst, x, alternating(shape, reduced))
}

// sumAxis is one axis of a tensor, or several in one.
type sumAxis struct {
	size int
	kept bool
}

// alternating merges neighbouring axes, so that kept and other axes alternate.
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

// sums returns the call for sums. Threads share the first axis if it is kept. If it is not,
// they share chunks of it where there are few sums, and else the second axis.
func sums[T Float](ws *Workspace[T], dst, x []T, axes []sumAxis) func() {
	chunks := len(x) / max(sumChunk, chunkRows*len(dst))
	switch {
	case len(axes) > 0 && axes[0].kept && axes[0].size < sumShares:
		calls := make([]func(), axes[0].size)
		n, step := len(dst)/len(calls), len(x)/len(calls)
		for i := range calls {
			calls[i] = sums(ws, dst[i*n:][:n], x[i*step:][:step], axes[1:])
		}
		return series(calls...)
	case len(axes) > 0 && axes[0].kept:
		return sumOuter(ws, dst, x, axes)
	case chunks > 1 && len(dst) <= sumBlock:
		return sumChunks(ws, dst, x, axes, chunks)
	case len(axes) > 1:
		return sumColumns(ws, dst, x, axes)
	}
	return ws.Split(1, 1, func(s *Scratch[T], _, _ int) {
		acc := zeros(&s.sums, 1)
		s.addSums(acc, x, axes)
		round(dst, acc)
	})
}

// sumOuter shares the first axis, which is kept.
func sumOuter[T Float](ws *Workspace[T], dst, x []T, axes []sumAxis) func() {
	size := axes[0].size
	n, step := len(dst)/size, len(x)/size
	return ws.Split(size, 1+2*sumChunk/step, func(s *Scratch[T], lo, hi int) {
		group := max(1, sumBlock/n)
		for ; lo < hi; lo += group {
			count := min(group, hi-lo)
			acc := zeros(&s.sums, count*n)
			for i := range count {
				s.addSums(acc[i*n:][:n], x[(lo+i)*step:][:step], axes[1:])
			}
			round(dst[lo*n:], acc)
		}
	})
}

// sumChunks shares chunks of the first axis, which is not kept.
func sumChunks[T Float](ws *Workspace[T], dst, x []T, axes []sumAxis, chunks int) func() {
	size, n := axes[0].size, len(dst)
	chunks = min(chunks, size)
	step := len(x) / size
	var acc []float64
	shared := ws.Split(chunks, 1+2*sumChunk*chunks/len(x), func(s *Scratch[T], lo, hi int) {
		for q := lo; q < hi; q++ {
			first, count := share(size, chunks, q)
			s.axes = append(append(s.axes[:0], sumAxis{count, false}), axes[1:]...)
			s.addSums(acc[q*n:][:n], x[first*step:][:count*step], s.axes)
		}
	})
	return func() {
		acc = zeros(&ws.sums, chunks*n)
		shared()
		for q := 1; q < chunks; q++ {
			for i, v := range acc[q*n:][:n] {
				acc[i] += v
			}
		}
		round(dst, acc[:n])
	}
}

// sumColumns shares the second axis, which is kept, unlike the first.
func sumColumns[T Float](ws *Workspace[T], dst, x []T, axes []sumAxis) func() {
	columns := axes[1].size
	n, step, row := len(dst)/columns, len(x)/axes[0].size/columns, len(x)/axes[0].size
	group := max(1, sumBlock/step)
	return ws.Split(balanced(columns, group), 1+2*sumChunk/(axes[0].size*group*step), func(s *Scratch[T], lo, hi int) {
		for j := lo * group; j < min(hi*group, columns); j += group {
			count := min(group, columns-j)
			acc := zeros(&s.sums, count*n)
			if count == columns {
				s.addSums(acc, x, axes)
			} else {
				s.axes = append(append(s.axes[:0], sumAxis{count, true}), axes[2:]...)
				for r := range axes[0].size {
					s.addSums(acc, x[r*row+j*step:][:count*step], s.axes)
				}
			}
			round(dst[j*n:], acc)
		}
	})
}

// zeros returns the first n elements of *p, made 0.
func zeros(p *[]float64, n int) []float64 {
	acc := grow(p, n)
	clear(acc)
	return acc
}

func round[T Float](dst []T, acc []float64) {
	for i, v := range acc {
		dst[i] = T(v)
	}
}

// addSums adds the sums of x to acc.
func (s *Scratch[T]) addSums(acc []float64, x []T, axes []sumAxis) {
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
		s.addRows(acc, x, axes[0].size)
	default:
		size, n := axes[0].size, len(acc)
		step, next := len(x)/size, 0
		if axes[0].kept {
			n /= size
			next = n
		}
		for i := range size {
			s.addSums(acc[i*next:][:n], x[i*step:][:step], axes[1:])
		}
	}
}

// addRows adds up rows. Short ones are taken several at a time, as one long row; the sums
// for its rows are then added in order.
func (s *Scratch[T]) addRows(acc []float64, x []T, rows int) {
	n := len(acc)
	together := sumWidth / n
	if together > 1 && rows >= 4*together {
		sums := zeros(&s.groupSums, together*n)
		for step := together * n; rows >= together; rows -= together {
			addRow(sums, x[:step])
			x = x[step:]
		}
		for q := range together {
			for i, v := range sums[q*n:][:n] {
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
