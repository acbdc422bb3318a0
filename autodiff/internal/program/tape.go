package program

import (
	"slices"

	"onnx-metainit/autodiff/internal/kernel"
	"onnx-metainit/autodiff/internal/loop"
)

// tape runs a fusion: it walks its shape in blocks that stay in the cache and
// applies all instructions to each before the next.
type tape[T kernel.Float] struct {
	rows, n   int // the shape, as rows of n elements
	perBlock  int // rows of a block, if whole rows fit in it
	blockLen  int
	loads     []tapeLoad[T]
	constants [][]T // one element each if the loops take those for repeated, else blocks
	code      []tapeCode[T]
	loops     *loop.Set // those that are compiled
	registers int
	results   int // of all instructions
	sums      []tapeSum[T]
	rowSums   []tapeRows[T]
	row       int // elements of the rows that are added up
}

// tapeCode is one elementwise loop, or a compiled one. Operands are numbered as in a
// fusion; absent ones are −1.
type tapeCode[T kernel.Float] struct {
	loop     func(dst, a, b, c []T)
	in       [3]int
	result   tapeResult[T]
	compiled *tapeLoop[T] // nil if the loop is not
	ahead    []int        // loads whose next block is asked for meanwhile
}

// tapeResult is where a result goes.
type tapeResult[T kernel.Float] struct {
	operand  int // its number
	register int
	out      []T // where it is stored, nil if it stays in its register
}

// tapeLoad is an operand in memory.
type tapeLoad[T kernel.Float] struct {
	data     []T
	view     kernel.Strided
	direct   bool // has the layout of the results: blocks need not be copied
	periodic bool // the same in every row: copied once
	byRows   bool // its rows are read where they are, since only compiled loops do
}

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

// newTape returns the tape of a fusion, whose compiled loops are added to a set.
func newTape[T kernel.Float](g *Graph, f *fusion, memory [][]T, typed typed[T], set *loop.Set) *tape[T] {
	views := make([]kernel.Strided, 1, 1+len(f.loads))
	views[0] = layoutOf(f.shape)
	for _, l := range f.loads {
		views = append(views, *l.layout)
	}
	views = kernel.Collapsed(views...)
	t := &tape[T]{rows: views[0].RowCount(), n: views[0].RowLen(), loops: set, registers: f.registers, row: f.row}
	t.blockLen = min(max(cacheElements/(len(f.loads)+len(f.constants)+f.registers+1)/16*16, 128), 1024)
	if t.row > 0 {
		t.blockLen = max(t.blockLen/t.row, 1) * t.row
	}
	t.perBlock = min(max(t.blockLen/max(t.n, 1), 1), max(t.rows, 1))
	if t.n < t.blockLen {
		t.blockLen = t.perBlock * t.n
	}
	t.loads, t.code = make([]tapeLoad[T], 0, len(f.loads)), make([]tapeCode[T], 0, len(f.code))
	for i, l := range f.loads {
		load := tapeLoad[T]{data: memory[l.value], view: views[i+1], direct: views[i+1].IsContiguous()}
		load.periodic = !load.direct && t.n <= t.blockLen
		for k := 0; k < len(load.view.Shape)-1; k++ {
			load.periodic = load.periodic && load.view.Strides[k] == 0
		}
		t.loads = append(t.loads, load)
	}
	for _, v := range f.constants {
		block := []T{T(v)}
		if !typed.scalars {
			block = slices.Repeat(block, t.blockLen)
		}
		t.constants = append(t.constants, block)
	}
	for k, ins := range f.code {
		code := tapeCode[T]{loop: typed.loop(g.loops(&ins)), result: tapeResult[T]{operand: f.result(k), register: int(ins.dst)}}
		for i, operand := range ins.in {
			code.in[i] = int(operand)
		}
		if v := ins.result; v >= 0 {
			code.result.out = memory[v]
		}
		t.code = append(t.code, code)
	}
	t.results = len(t.code)
	t.askAhead()
	if typed.compile {
		t.compile(g, f, set)
	}
	t.addSums(f, memory)
	return t
}

// askAhead divides the loads of the next block among the instructions, which prefetch
// them: the processor does not predict reads of many operands. A compiled loop gains nothing by
// that, since it reads all of them step by step.
func (t *tape[T]) askAhead() {
	for i, l := range t.loads {
		if l.direct && len(l.data) >= farElements {
			k := i * len(t.code) / len(t.loads)
			t.code[k].ahead = append(t.code[k].ahead, i)
		}
	}
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

// blocks returns the number of blocks of the shape.
func (t *tape[T]) blocks() int {
	if t.n > t.blockLen {
		return t.rows * ((t.n + t.blockLen - 1) / t.blockLen)
	}
	return (t.rows + t.perBlock - 1) / t.perBlock
}

// tapeState is what one thread needs to run a tape.
type tapeState[T kernel.Float] struct {
	scratch  []T
	operands [][]T
	cursors  []kernel.Cursor
	next     []int // from each row of a load's block to the next, in elements
	run      loop.Run
}

func (t *tape[T]) state(s *kernel.Scratch[T]) tapeState[T] {
	operands := len(t.loads) + len(t.constants) + t.results
	strides := s.Strides(len(t.loads) + operands)
	return tapeState[T]{
		s.Elements((len(t.loads) + t.registers) * t.blockLen),
		s.Operands(operands),
		s.Cursors(len(t.loads)),
		strides[:len(t.loads)],
		loop.Run{Addresses: s.Pointers(operands), Strides: strides[len(t.loads):]},
	}
}
