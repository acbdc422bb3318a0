package program

import "onnx-metainit/autodiff/internal/kernel"

// seek puts the cursors of the loads at a row.
func (t *tape[T]) seek(s *tapeState[T], row int) {
	for i := range t.loads {
		if l := &t.loads[i]; !l.direct && !l.periodic {
			s.cursors[i].Seek(l.view, row)
		}
	}
}

func (t *tape[T]) advance(s *tapeState[T]) {
	for i := range t.loads {
		if l := &t.loads[i]; !l.direct && !l.periodic {
			s.cursors[i].Next()
		}
	}
}

// load makes the operands in memory ready: n elements from start of each of some
// rows; again says that what is the same in every row is loaded already.
func (t *tape[T]) load(s *tapeState[T], row, start, n, rows int, again bool) {
	for i := range t.loads {
		l := &t.loads[i]
		s.next[i] = n
		if l.direct {
			first := l.view.Offset + row*t.n + start
			s.operands[i] = l.data[first : first+rows*n]
			continue
		}
		if l.byRows && t.find(s, i, start, n, rows) {
			continue
		}
		block := s.scratch[i*t.blockLen:][:t.blockLen]
		s.operands[i] = block[:rows*n]
		if l.periodic {
			if !again {
				l.repeat(block, n)
			}
			continue
		}
		step := l.view.RowStride()
		c := &s.cursors[i]
		if l.byRows && step == 0 {
			s.next[i] = 1
			for r := range rows {
				block[r] = l.data[c.Offset]
				c.Next()
			}
			continue
		}
		if rows == 1 && t.n > t.blockLen {
			kernel.Gather(block, l.data, c.Offset+start*step, step, n)
			continue
		}
		kernel.GatherRows(block, l.data, c, rows)
	}
}

// find makes rows of load i an operand where they are: n elements from start of each, or the one number that they consist of. It
// does nothing, and returns false, if they do not follow each other at one distance.
func (t *tape[T]) find(s *tapeState[T], i, start, n, rows int) bool {
	l, c := &t.loads[i], &s.cursors[i]
	left, next := 1, 0
	if rows > 1 {
		if left, next = c.Run(); left < rows || next < 0 {
			return false
		}
	}
	step := l.view.RowStride()
	first := c.Offset + start*step
	s.operands[i] = l.data[first : first+(rows-1)*next+(n-1)*step+1]
	if s.next[i] = next; t.n <= t.blockLen {
		c.Skip(rows)
	}
	return true
}

// repeat fills a block with a row of n elements, again and again.
func (l *tapeLoad[T]) repeat(block []T, n int) {
	if l.view.RowStride() == 0 {
		n = len(block)
	}
	kernel.Gather(block, l.data, l.view.Offset, l.view.RowStride(), n)
	for done := n; done < len(block); done *= 2 {
		copy(block[done:], block[:done])
	}
}

// ask prefetches the block of some loads that starts at an element.
func (t *tape[T]) ask(loads []int, element int) {
	for _, i := range loads {
		l := &t.loads[i]
		first := min(l.view.Offset+element, len(l.data))
		kernel.Prefetch(l.data[first:min(first+t.blockLen, len(l.data))])
	}
}
