package program

import "onnx-metainit/autodiff/internal/kernel"

// tapeSum adds up an operand: each chunk of blocks by itself, then the chunks in
// order, so that threads do not change the result.
type tapeSum[T kernel.Float] struct {
	operand int
	out     []T
	partial []float64
}

// tapeRows adds up an operand row by row; a row never spans two blocks.
type tapeRows[T kernel.Float] struct {
	operand int
	out     []T
}

// addSums makes the sums of a fusion, once the blocks are known.
func (t *tape[T]) addSums(f *fusion, memory [][]T) {
	for _, e := range f.sums {
		if e.rows {
			t.rowSums = append(t.rowSums, tapeRows[T]{e.operand, memory[e.value]})
			continue
		}
		chunks := (t.blocks() + chunkBlocks - 1) / chunkBlocks
		t.sums = append(t.sums, tapeSum[T]{e.operand, memory[e.value], make([]float64, chunks)})
	}
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
