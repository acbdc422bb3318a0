package program

import (
	"slices"

	"onnx-metainit/autodiff/internal/kernel"
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
	registers int
	sums      []tapeSum[T]
	rowSums   []tapeRows[T]
	row       int // elements of the rows that are added up
}

// tapeCode is one elementwise loop. Operands are numbered as in a fusion; absent
// ones are −1.
type tapeCode[T kernel.Float] struct {
	loop     func(dst, a, b, c []T)
	in       [3]int
	register int
	out      []T   // where the result is stored, nil if it stays in its register
	ahead    []int // loads whose next block is asked for meanwhile
}

func newTape[T kernel.Float](g *Graph, f *fusion, memory [][]T, typed typed[T]) *tape[T] {
	views := make([]kernel.Strided, 1, 1+len(f.loads))
	views[0] = layoutOf(f.shape)
	for _, l := range f.loads {
		views = append(views, *l.layout)
	}
	views = kernel.Collapsed(views...)
	t := &tape[T]{rows: views[0].RowCount(), n: views[0].RowLen(), registers: f.registers, row: f.row}
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
	for _, ins := range f.code {
		code := tapeCode[T]{loop: typed.loop(g.loops(&ins)), register: int(ins.dst)}
		for i, operand := range ins.in {
			code.in[i] = int(operand)
		}
		if v := ins.result; v >= 0 {
			code.out = memory[v]
		}
		t.code = append(t.code, code)
	}
	t.askAhead()
	t.addSums(f, memory)
	return t
}

// tapeState is what one thread needs to run a tape.
type tapeState[T kernel.Float] struct {
	scratch  []T
	operands [][]T
	cursors  []kernel.Cursor
}

func (t *tape[T]) state(s *kernel.Scratch[T]) tapeState[T] {
	return tapeState[T]{
		s.Elements((len(t.loads) + t.registers) * t.blockLen),
		s.Operands(len(t.loads) + len(t.constants) + len(t.code)),
		s.Cursors(len(t.loads)),
	}
}

// blocks returns the number of blocks of the shape.
func (t *tape[T]) blocks() int {
	if t.n > t.blockLen {
		return t.rows * ((t.n + t.blockLen - 1) / t.blockLen)
	}
	return (t.rows + t.perBlock - 1) / t.perBlock
}

// bind returns the call that runs the tape.
func (t *tape[T]) bind(ws *kernel.Workspace[T]) func() {
	blocks := t.blocks()
	if t.rows*t.n == 0 {
		blocks = 0
	}
	grain := 1 + threadWork/(max(t.blockLen, 1)*len(t.code))
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
			t.apply(&s, b, b/perRow*t.n+start, min(t.blockLen, t.n-start))
		}
		return
	}
	t.seek(&s, lo*t.perBlock)
	for b := lo; b < hi; b++ {
		row := b * t.perBlock
		rows := min(t.perBlock, t.rows-row)
		t.load(&s, row, 0, t.n, rows, b > lo)
		t.apply(&s, b, row*t.n, rows*t.n)
	}
}

// apply runs the instructions on block b of n elements, which starts at the given
// element of the results.
func (t *tape[T]) apply(s *tapeState[T], b, element, n int) {
	for i, c := range t.constants {
		s.operands[len(t.loads)+i] = c[:min(n, len(c))]
	}
	first := len(t.loads) + len(t.constants)
	var x [3][]T
	for k := range t.code {
		c := &t.code[k]
		t.ask(c.ahead, element+n)
		var dst []T
		if c.out != nil {
			dst = c.out[element : element+n]
		} else {
			dst = s.scratch[(len(t.loads)+c.register)*t.blockLen:][:n]
		}
		for i, operand := range c.in {
			if operand >= 0 {
				x[i] = s.operands[operand]
			}
		}
		c.loop(dst, x[0], x[1], x[2])
		s.operands[first+k] = dst
	}
	t.addUp(s.operands, b, element, n)
}
