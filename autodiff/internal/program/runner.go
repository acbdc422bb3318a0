package program

import (
	"runtime"

	"onnx-metainit/autodiff/internal/kernel"
	"onnx-metainit/autodiff/internal/loop"
)

// runner is a plan with memory: a list of calls whose arguments are fixed.
type runner[T kernel.Float] struct {
	plan   *plan
	work   *kernel.Workspace[T]
	memory [][]T    // by value
	calls  []func() // by step
	loops  *loop.Set
	free   func()
}

func newRunner[T kernel.Float](p *plan, threads int, t typed[T]) *runner[T] {
	r := &runner[T]{plan: p, work: kernel.NewWorkspace[T](threads), memory: make([][]T, len(p.values)), loops: new(loop.Set)}
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
		if p.isConstant(v.node) {
			kernel.Write(r.memory[i], layoutOf(p.shape(v.node)), 0, p.kind(v.node).Constant)
		}
	}
	for i, v := range p.values {
		if v.kept && v.inPlaceOf >= 0 {
			r.memory[i] = r.memory[v.inPlaceOf]
		}
	}
	r.calls = make([]func(), 0, len(p.steps))
	for _, s := range p.steps {
		p.Check()
		r.calls = append(r.calls, r.call(s, t))
	}
	if err := r.loops.Seal(); err != nil {
		fail("no memory for the compiled loops of a program (%v)", err)
	}
	return r
}

func (r *runner[T]) call(s step, t typed[T]) func() {
	if s.fused != nil {
		return newTape(r.plan.Graph, s.fused, r.memory, t, r.loops).bind(r.work)
	}
	dst := r.memory[s.dst[0]]
	if len(dst) == 0 {
		return func() {}
	}
	in := make([][]T, len(s.in))
	views := make([]Layout, len(s.in))
	for i, x := range s.in {
		in[i], views[i] = r.memory[x.value], *x.layout
	}
	if s.copied {
		to := s.how.Out.Dense(r.plan.shape(s.node))
		return kernel.Copy(r.work, dst, to, in[0], views[0])
	}
	for i, x := range s.in {
		in[i] = in[i][x.layout.Offset:][:sizeOf(x.layout.Shape)]
	}
	k := r.plan.kind(s.node).Kernel
	if s.stacked == nil {
		return t.bind(k)(s.how, r.work, dst, in)
	}
	factors := make([]kernel.Factor[T], len(s.stacked))
	for i, x := range s.stacked {
		a := r.memory[x.in.value][x.in.layout.Offset:][:sizeOf(x.in.layout.Shape)]
		factors[i] = kernel.Factor[T]{A: a, C: r.memory[x.dst], Add: x.add}
	}
	return t.stacked(k)(r.work, factors, in[1])
}

func (r *runner[T]) close() {
	r.free()
	r.loops.Close()
	r.free = func() {}
	r.work, r.memory, r.calls = nil, nil, nil // addresses of what is gone
}

func (r *runner[T]) alone(on bool) { r.work.Alone = on }

func (r *runner[T]) step(i int) {
	r.calls[i]()
	runtime.KeepAlive(r) // the call holds addresses of memory that goes with r
}

func (r *runner[T]) write(v Node, start int, src []float64) {
	if at, ok := r.plan.home.at(v); ok {
		// Without axes of size 1 the filters of pointwise convolutions have rows.
		kernel.Write(r.memory[at.value], kernel.Collapsed(*at.layout)[0], start, src)
	}
	runtime.KeepAlive(r)
}

func (r *runner[T]) scale(v Node, factor float64) {
	if at, ok := r.plan.home.at(v); ok {
		kernel.Scale(r.memory[at.value], factor)
	}
	runtime.KeepAlive(r)
}

func (r *runner[T]) fill(v Node, value float64) {
	if at, ok := r.plan.home.at(v); ok {
		m := r.memory[at.value]
		for i := range m {
			m[i] = T(value)
		}
	}
	runtime.KeepAlive(r)
}

func (r *runner[T]) read(n Node) []float64 {
	at := r.plan.results[n]
	rows := r.memory[at.value][at.layout.Offset:]
	if !at.layout.IsContiguous() {
		rows = make([]T, r.plan.size(n))
		kernel.Copy(r.work, rows, layoutOf(r.plan.shape(n)), r.memory[at.value], *at.layout)()
	}
	out := make([]float64, r.plan.size(n))
	for i, v := range rows[:len(out)] {
		out[i] = float64(v)
	}
	runtime.KeepAlive(r)
	return out
}
