package program

import "onnx-metainit/autodiff/internal/kernel"

// bind returns the call that runs the tape.
func (t *tape[T]) bind(ws *kernel.Workspace[T]) func() {
	blocks := t.blocks()
	if t.rows*t.n == 0 {
		blocks = 0
	}
	grain := 1 + threadWork/(max(t.blockLen, 1)*t.results)
	if len(t.sums) == 0 {
		return ws.Split(blocks, grain, t.part)
	}
	chunks := ws.Split((blocks+chunkBlocks-1)/chunkBlocks, 1+grain/chunkBlocks, func(s *kernel.Scratch[T], lo, hi int) {
		for c := lo; c < hi; c++ {
			t.part(s, c*chunkBlocks, min((c+1)*chunkBlocks, blocks))
		}
	})
	return func() {
		t.clearSums()
		chunks()
		t.finishSums()
	}
}

// part runs blocks lo ≤ b < hi.
func (t *tape[T]) part(scratch *kernel.Scratch[T], lo, hi int) {
	s := t.state(scratch)
	if t.n > t.blockLen {
		perRow := (t.n + t.blockLen - 1) / t.blockLen
		t.seek(&s, lo/perRow)
		for b := lo; b < hi; b++ {
			if b > lo && b%perRow == 0 {
				t.advance(&s)
			}
			start := b % perRow * t.blockLen
			t.load(&s, b/perRow, start, min(t.blockLen, t.n-start), 1, false)
			t.apply(&s, b, b/perRow*t.n+start, min(t.blockLen, t.n-start), 1)
		}
		return
	}
	t.seek(&s, lo*t.perBlock)
	for b := lo; b < hi; b++ {
		row := b * t.perBlock
		rows := min(t.perBlock, t.rows-row)
		t.load(&s, row, 0, t.n, rows, b > lo)
		t.apply(&s, b, row*t.n, rows*t.n, rows)
	}
}

// apply runs the instructions on block b of n elements in some rows, which starts at the
// given element of the results.
func (t *tape[T]) apply(s *tapeState[T], b, element, n, rows int) {
	for i, c := range t.constants {
		s.operands[len(t.loads)+i] = c[:min(n, len(c))]
	}
	var x [3][]T
	for k := range t.code {
		c := &t.code[k]
		if c.compiled != nil {
			c.compiled.run(t, s, element, n, rows)
			continue
		}
		t.ask(c.ahead, element+n)
		dst := t.place(s, &c.result, element, n)
		for i, operand := range c.in {
			if operand >= 0 {
				x[i] = s.operands[operand]
			}
		}
		c.loop(dst, x[0], x[1], x[2])
	}
	t.addUp(s.operands, b, element, n)
}

// place returns where n elements of a result go, the first of them the given one, and makes that the operand of this number.
// A loop may write where it reads.
func (t *tape[T]) place(s *tapeState[T], r *tapeResult[T], element, n int) []T {
	var dst []T
	if r.out != nil {
		dst = r.out[element : element+n]
	} else {
		dst = s.scratch[(len(t.loads)+r.register)*t.blockLen:][:n]
	}
	s.operands[r.operand] = dst
	return dst
}

// addUp adds block b of n elements, which starts at the given element of the
// results, to the sums.
func (t *tape[T]) addUp(operands [][]T, b, element, n int) {
	for _, sum := range t.sums {
		sum.partial[b/chunkBlocks] += kernel.SumRun(operands[sum.operand])
	}
	for _, sum := range t.rowSums {
		operand, out := operands[sum.operand], sum.out[element/t.row:]
		for r := range n / t.row {
			out[r] = T(kernel.SumRun(operand[r*t.row:][:t.row]))
		}
	}
}

func (t *tape[T]) clearSums() {
	for _, s := range t.sums {
		clear(s.partial)
	}
}

// finishSums adds up the chunks.
func (t *tape[T]) finishSums() {
	for _, s := range t.sums {
		total := 0.0
		for _, p := range s.partial {
			total += p
		}
		s.out[0] = T(total)
	}
}
