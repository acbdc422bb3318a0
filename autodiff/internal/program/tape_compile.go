package program

import (
	"slices"
	"unsafe"

	"onnx-metainit/autodiff/internal/kernel"
	"onnx-metainit/autodiff/internal/loop"
)

// tapeLoop is a compiled loop that applies several instructions at once: what only these use stays in the processor's registers.
type tapeLoop[T kernel.Float] struct {
	loop loop.Loop
	in   []int // operands
	out  []tapeResult[T]
}

// compile has loops that do several instructions at once take the place of those that can be compiled together.
func (t *tape[T]) compile(g *Graph, f *fusion, set *loop.Set) {
	if !loop.Available() {
		return
	}
	for i := range t.loads {
		l := &t.loads[i]
		step := l.view.RowStride()
		l.byRows = !l.direct && !l.periodic && t.n >= leastRow && (step == 0 || step == 1)
	}
	for {
		code := t.compiled(g, f, set)
		if !t.copyRows(code) {
			t.code = code
			return
		}
	}
}

// copyRows has the loads copied that loops read which are not compiled, and reports whether there are any that were not.
func (t *tape[T]) copyRows(code []tapeCode[T]) (changed bool) {
	for _, c := range code {
		for _, operand := range c.in {
			if c.compiled == nil && operand >= 0 && operand < len(t.loads) && t.loads[operand].byRows {
				t.loads[operand].byRows, changed = false, true
			}
		}
	}
	return changed
}

// compiled returns the code with compiled loops in it, as large ones as there are registers for.
func (t *tape[T]) compiled(g *Graph, f *fusion, set *loop.Set) []tapeCode[T] {
	last := f.lastReads(nil)
	var code []tapeCode[T]
	for k := 0; k < len(f.code); {
		end := k
		for end < len(f.code) && g.compiles(&f.code[end]) {
			end++
		}
		var compiled *tapeLoop[T]
		for ; end > k; end = k + (end-k)/2 {
			if compiled = t.together(g, f, k, end, last, set); compiled != nil {
				break
			}
		}
		if compiled == nil {
			code = append(code, t.code[k])
			k++
			continue
		}
		code = append(code, tapeCode[T]{compiled: compiled})
		k = end
	}
	return code
}

// compiles reports whether an instruction can be compiled.
func (g *Graph) compiles(i *instruction) bool {
	return g.kind(i.node).Loops.Op != loop.None && (i.first == none || g.kind(i.first).Loops.Op != loop.None)
}

// together compiles instructions start ≤ k < end as one loop, if that is worth it and there are registers enough.
func (t *tape[T]) together(g *Graph, f *fusion, start, end int, last []int, set *loop.Set) *tapeLoop[T] {
	const firstOfPair = -2
	c, l := &loop.Code{}, &tapeLoop[T]{}
	var constants []int
	for _, ins := range f.code[start:end] {
		for _, operand := range ins.in {
			switch x := int(operand); {
			case x < 0 || x >= f.result(start) || slices.Contains(l.in, x) || slices.Contains(constants, x):
			case x >= len(f.loads) && x < f.result(0):
				constants = append(constants, x)
				c.Constants = append(c.Constants, float32(f.constants[x-len(f.loads)]))
			default:
				l.in = append(l.in, x)
			}
		}
	}
	c.Inputs = len(l.in)
	byRows := false
	for _, x := range l.in {
		is := x < len(t.loads) && t.loads[x].byRows
		c.Repeated = append(c.Repeated, is && t.loads[x].view.RowStride() == 0)
		byRows = byRows || is
	}
	values := append(slices.Clone(l.in), constants...)                              // the operand that each is, or firstOfPair
	number := func(operand int16) int { return slices.Index(values, int(operand)) } // absent ones stay −1
	for k, ins := range f.code[start:end] {
		op, in := g.kind(ins.node).Loops.Op, ins.in[:]
		if ins.first != none {
			c.Instructions = append(c.Instructions, loop.Instruction{Op: g.kind(ins.first).Loops.Op, In: [3]int{number(in[0]), number(in[1])}})
			values = append(values, firstOfPair)
			c.Instructions = append(c.Instructions, loop.Instruction{Op: op, In: [3]int{len(values) - 1, number(in[2])}})
		} else {
			c.Instructions = append(c.Instructions, loop.Instruction{Op: op, In: [3]int{number(in[0]), number(in[1]), number(in[2])}})
		}
		if ins.result >= 0 || last[start+k] >= end {
			c.Outputs = append(c.Outputs, len(values))
			l.out = append(l.out, t.code[start+k].result)
		}
		values = append(values, f.result(start+k))
	}
	if len(c.Instructions) < leastCompiled && !byRows {
		return nil
	}
	var ok bool
	if l.loop, ok = set.Add(c); !ok {
		return nil
	}
	return l
}

// run applies a compiled loop to a block of n elements in some rows, which starts at the given element of the results.
func (l *tapeLoop[T]) run(t *tape[T], s *tapeState[T], element, n, rows int) {
	r, row, size := &s.run, n/rows, int(unsafe.Sizeof(*new(T)))
	r.N, r.Rows = n, 1
	for i, operand := range l.in {
		r.Addresses[i], r.Strides[i] = unsafe.Pointer(unsafe.SliceData(s.operands[operand])), size*row
		if operand < len(t.loads) && t.loads[operand].byRows {
			r.Strides[i] = size * s.next[operand]
			r.N, r.Rows = row, rows
		}
	}
	for i := range l.out {
		k := len(l.in) + i
		r.Addresses[k], r.Strides[k] = unsafe.Pointer(unsafe.SliceData(t.place(s, &l.out[i], element, n))), size*row
	}
	t.loops.Run(l.loop, r)
}
