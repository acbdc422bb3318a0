package autodiff

import (
	"runtime"

	"onnx-metainit/autodiff/internal/kernel"
)

// rows picks the kernels of one precision from the table.
type rows[T kernel.Float] struct {
	scalars bool // loops take operands of one element for repeated ones
	block   func(k kernels) func(dst, a, b, c []T)
	bind    func(b binders) binder[T]
	wide    func(p *Primitive) wideBinder[T] // nil: no step is wide
}

// runner is a plan with memory: a list of calls whose arguments are fixed.
type runner[T kernel.Float] struct {
	plan   *plan
	work   *kernel.Workspace[T]
	memory [][]T    // by value
	calls  []func() // by step
	free   func()
}

func newRunner[T kernel.Float](p *plan, threads int, table rows[T]) *runner[T] {
	r := &runner[T]{plan: p, work: kernel.NewWorkspace[T](threads), memory: make([][]T, len(p.values))}
	kept := p.kept()
	all, free := allocate[T](r, kept+p.arena())
	r.free = free
	next := 0
	for i, v := range p.values {
		start := kept + v.offset
		switch {
		case v.kept && v.inPlaceOf >= 0:
			continue // a variable, which may come later
		case v.kept:
			start = next
			next += padded(v.size)
		}
		r.memory[i] = all[start : start+v.size : start+v.size]
		if v.node.op == OpConst {
			kernel.Write(r.memory[i], layoutOf(v.node.shape), 0, v.node.leaf.data)
		}
	}
	for i, v := range p.values {
		if v.kept && v.inPlaceOf >= 0 {
			r.memory[i] = r.memory[v.inPlaceOf]
		}
	}
	r.calls = make([]func(), 0, len(p.steps))
	for _, s := range p.steps {
		s.node.g.check()
		r.calls = append(r.calls, r.call(s, table))
	}
	return r
}

func (r *runner[T]) call(s step, table rows[T]) func() {
	if s.fused != nil {
		return newTape(s.fused, r.memory, table).bind(r.work)
	}
	dst := r.memory[s.dst[0]]
	if len(dst) == 0 {
		return func() {}
	}
	in := make([][]T, len(s.in))
	views := make([]layout, len(s.in))
	for i, x := range s.in {
		in[i], views[i] = r.memory[x.value], *x.layout
	}
	if s.copied {
		to := s.at.out.dense(s.node.shape)
		return kernel.Copy(r.work, dst, to, in[0], views[0])
	}
	for i, x := range s.in {
		in[i] = in[i][x.layout.Offset:][:sizeOf(x.layout.Shape)]
	}
	if s.wide == nil {
		return table.bind(s.node.Primitive().bind)(s.node, s.at, r.work, dst, in)
	}
	factors := make([]kernel.Factor[T], len(s.wide))
	for i, x := range s.wide {
		a := r.memory[x.in.value][x.in.layout.Offset:][:sizeOf(x.in.layout.Shape)]
		factors[i] = kernel.Factor[T]{A: a, C: r.memory[x.dst], Add: x.add}
	}
	return table.wide(s.node.Primitive())(s.node, r.work, factors, in[1])
}

func (r *runner[T]) close() {
	r.free()
	r.free = func() {}
	r.work, r.memory, r.calls = nil, nil, nil // addresses of what is gone
}

func (r *runner[T]) alone(on bool) { r.work.Alone = on }

func (r *runner[T]) step(i int) {
	r.calls[i]()
	runtime.KeepAlive(r) // the call holds addresses of memory that goes with r
}

// variable returns the place of a variable, false if the program has none.
func (r *runner[T]) variable(v *Node) (place, bool) {
	if v.op != OpVariable || int(v.seq) >= len(r.plan.home.of) {
		return place{}, false
	}
	at, ok := r.plan.home.at(v)
	return at, ok && r.plan.values[at.value].node == v // and not a node of the program with the same number
}

func (r *runner[T]) write(v *Node, start int, src []float64) {
	if at, ok := r.variable(v); ok {
		// Without axes of size 1 the filters of pointwise convolutions have rows.
		kernel.Write(r.memory[at.value], kernel.Collapsed(*at.layout)[0], start, src)
	}
	runtime.KeepAlive(r)
}

func (r *runner[T]) scale(v *Node, factor float64) {
	if at, ok := r.variable(v); ok {
		kernel.Scale(r.memory[at.value], factor)
	}
	runtime.KeepAlive(r)
}

func (r *runner[T]) fill(v *Node, value float64) {
	if at, ok := r.variable(v); ok {
		m := r.memory[at.value]
		for i := range m {
			m[i] = T(value)
		}
	}
	runtime.KeepAlive(r)
}

func (r *runner[T]) read(n *Node) []float64 {
	at, ok := r.plan.outputs[n]
	if !ok {
		fail("read", "node %v is not an output of the program", n)
	}
	rows := r.memory[at.value][at.layout.Offset:]
	if !contiguous(*at.layout) {
		rows = make([]T, n.Size())
		kernel.Copy(r.work, rows, layoutOf(n.shape), r.memory[at.value], *at.layout)()
	}
	out := make([]float64, n.Size())
	for i, v := range rows[:len(out)] {
		out[i] = float64(v)
	}
	runtime.KeepAlive(r)
	return out
}
