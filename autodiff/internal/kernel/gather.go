package kernel

import "slices"

// Gather copies n elements of src, stride apart and from offset on, to dst[:n].
func Gather[T Float](dst, src []T, offset, stride, n int) {
	moveRows(dst, src, rowsOf{n: n, rows: 1, from: offset, fromStep: stride, step: 1})
}

// GatherRows copies the next rows of a view to dst, row by row, and moves the
// cursor behind them.
func GatherRows[T Float](dst, src []T, c *Cursor, rows int) {
	n := c.view.RowLen()
	for start := 0; rows > 0; {
		run, next := c.Run()
		run = min(run, rows)
		moveRows(dst, src, rowsOf{
			n: n, rows: run,
			from: c.Offset, fromStep: c.view.RowStride(), fromNext: next,
			to: start, step: 1, next: n,
		})
		c.Skip(run)
		start, rows = start+run*n, rows-run
	}
}

// Copy writes the elements of the view src of from to the view dst of to; the
// shapes are equal.
func Copy[T Float](ws *Workspace[T], to []T, dst Strided, from []T, src Strided) func() {
	return CopyParts(ws, to, []Part[T]{{dst, from, src}})
}

// Part is a copy of a view of From to the view To of what parts are copied to; the shapes
// are equal.
type Part[T Float] struct {
	To   Strided
	From []T
	View Strided
}

// CopyParts copies several parts. Threads share the rows of all of them.
func CopyParts[T Float](ws *Workspace[T], to []T, parts []Part[T]) func() {
	parts = slices.Clone(parts)
	most, elements := 0, 0
	for i := range parts {
		p := &parts[i]
		p.To, p.View = forCopy(p.To, p.View)
		most = max(most, p.To.RowCount())
		elements += p.To.RowCount() * p.To.RowLen()
	}
	// Each thread has the same share of the rows of each part: in a concatenation the rows of
	// all parts follow each other.
	return ws.Split(most, 1+moveGrain*most/max(elements, 1), func(w *Scratch[T], lo, hi int) {
		for i := range parts {
			p := &parts[i]
			rows := p.To.RowCount()
			p.copyRows(w, to, rows*lo/most, rows*hi/most)
		}
	})
}

// copyRows copies rows lo ≤ r < hi.
func (p *Part[T]) copyRows(w *Scratch[T], to []T, lo, hi int) {
	cursors := w.Cursors(2)
	d, s := &cursors[0], &cursors[1]
	d.Seek(p.To, lo)
	s.Seek(p.View, lo)
	for lo < hi {
		run, next := d.Run()
		run = min(run, hi-lo)
		_, fromNext := s.Run()
		moveRows(to, p.From, rowsOf{
			n: p.To.RowLen(), rows: run,
			from: s.Offset, fromStep: p.View.RowStride(), fromNext: fromNext,
			to: d.Offset, step: p.To.RowStride(), next: next,
		})
		d.Skip(run)
		s.Skip(run)
		lo += run
	}
}

// forCopy puts the axes of two views in the order that they have in the memory of dst. The
// last but one is then the axis along which elements of src are neighbours, so that a
// transposition is done in blocks, or the longest axis if dst has few neighbouring rows.
func forCopy(dst, src Strided) (Strided, Strided) {
	axes := make([]int, len(dst.Shape))
	for k := range axes {
		axes[k] = k
	}
	slices.SortStableFunc(axes, func(a, b int) int { return dst.Strides[b] - dst.Strides[a] })
	views := Collapsed(dst.permuted(axes), src.permuted(axes))
	dst, src = views[0], views[1]
	last := len(dst.Shape) - 1
	k := slices.Index(src.Strides, 1)
	if k == last && last > 1 && dst.Shape[last-1] < lineRows {
		k = slices.Index(dst.Shape[:last], slices.Max(dst.Shape[:last]))
	}
	if k >= 0 && k < last {
		axes = axes[:0]
		for i := range dst.Shape[:last] {
			if i != k {
				axes = append(axes, i)
			}
		}
		axes = append(axes, k, last)
		dst, src = dst.permuted(axes), src.permuted(axes)
	}
	return cutRows(dst, src)
}

// cutRows makes short rows of long ones that have equal parts, so that threads share them.
func cutRows(dst, src Strided) (Strided, Strided) {
	n, part := dst.RowLen(), shortRun
	for n%part != 0 {
		part /= 2
	}
	if n <= shortRun || part < leastPart || dst.RowStride() != 1 || src.RowStride() != 1 {
		return dst, src
	}
	cut := func(s Strided) Strided {
		last := len(s.Shape) - 1
		return Strided{append(slices.Clone(s.Shape[:last]), n/part, part), append(slices.Clone(s.Strides[:last]), part, 1), s.Offset}
	}
	return cut(dst), cut(src)
}

// rowsOf are rows of n elements: element k of row r is copied from
// from + r·fromNext + k·fromStep to to + r·next + k·step.
type rowsOf struct {
	n, rows                  int
	from, fromStep, fromNext int
	to, step, next           int
}

func moveRows[T Float](to, from []T, m rowsOf) {
	switch {
	case m.n == 0 || m.rows == 0:
	case m.step != 1:
		for r := range m.rows {
			o, i := m.to+r*m.next, m.from+r*m.fromNext
			for range m.n {
				to[o] = from[i]
				o += m.step
				i += m.fromStep
			}
		}
	case m.fromStep == 1:
		if short(to, m) {
			writeRuns(to, from, m, instructionSets[0].copyRuns)
			return
		}
		for r := range m.rows {
			i := m.from + r*m.fromNext
			copy(to[m.to+r*m.next:][:m.n], from[i:i+m.n])
		}
	case m.fromStep == 0:
		if short(to, m) {
			writeRuns(to, from, m, instructionSets[0].fillRuns)
			return
		}
		for r := range m.rows {
			fill(to[m.to+r*m.next:][:m.n], from[m.from+r*m.fromNext])
		}
	case m.fromNext == 1 && m.fromStep > 0 && m.rows > 1 && m.next > 0:
		transposeRows(to, from, m)
	case m.rows > 1 && max(m.fromNext, -m.fromNext) < max(m.fromStep, -m.fromStep):
		for first := 0; first < m.rows; first += lineRows {
			for k := range m.n {
				i, o := m.from+first*m.fromNext+k*m.fromStep, m.to+first*m.next+k
				for range min(lineRows, m.rows-first) {
					to[o] = from[i]
					i += m.fromNext
					o += m.next
				}
			}
		}
	default:
		for r := range m.rows {
			i, row := m.from+r*m.fromNext, to[m.to+r*m.next:][:m.n]
			for k := range row {
				row[k] = from[i]
				i += m.fromStep
			}
		}
	}
}

// transposeRows is moveRows where neighbours in from go to different rows.
func transposeRows[T Float](to, from []T, m rowsOf) {
	source, target := from[m.from:][:(m.n-1)*m.fromStep+m.rows], to[m.to:][:(m.rows-1)*m.next+m.n]
	if s, ok := any(source).([]float32); ok {
		d := any(target).([]float32)
		for k := 0; k < m.n; k += 16 {
			instructionSets[0].transpose(&d[k], &s[k*m.fromStep], m.next, m.fromStep, m.rows, min(16, m.n-k))
		}
		return
	}
	for k := range m.n {
		o := k
		for _, v := range source[k*m.fromStep:][:m.rows] {
			target[o] = v
			o += m.next
		}
	}
}

func fill[T Float](dst []T, v T) {
	if d, ok := any(dst).([]float32); ok {
		Float32.Fill(d, float32(v))
		return
	}
	for i := range dst {
		dst[i] = v
	}
}
