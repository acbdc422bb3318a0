package autodiff

import (
	"runtime"
	"slices"
	"time"

	"onnx-metainit/autodiff/internal/kernel"
)

// Precision is the type that a program computes in.
type Precision int

// The working precisions. Sums are accumulated in float64 in both.
const (
	Float32 Precision = iota
	Float64
)

func (p Precision) String() string {
	if p == Float64 {
		return "float64"
	}
	return "float32"
}

// Options of Compile. The zero value computes in float32 with as many threads
// as the machine has, without a limit of memory.
type Options struct {
	Precision   Precision
	Threads     int   // 0: GOMAXPROCS; results do not depend on it
	MemoryLimit int64 // bytes that the program may hold; 0: no limit
}

// Program computes some nodes of a graph again and again. Its memory is planned
// when it is compiled. A Program is not safe for concurrent use, but for this:
// different variables may be written and scaled at once.
type Program struct {
	machine machine
	plan    *plan
	memory  int64
	asked   []request
	times   []time.Duration // by step, if profiled
}

// request is a set of outputs and which steps compute them.
type request struct {
	outputs []*Node
	steps   []bool
}

// machine is a program in one precision.
type machine interface {
	write(v *Node, start int, src []float64)
	scale(v *Node, factor float64)
	read(n *Node) []float64
	step(i int)
	close()
}

// Compile plans the computation of outputs. The graph may grow afterwards; the
// program does not change.
func Compile(outputs []*Node, opt Options) (*Program, error) {
	var prog *Program
	err := Maybe(func() {
		p := newPlan(outputs, opt.Precision == Float32)
		elements := int64(p.kept() + p.arena())
		width := int64(4)
		if opt.Precision == Float64 {
			width = 8
		}
		prog = &Program{plan: p, memory: elements * width}
		if opt.MemoryLimit > 0 && prog.memory > opt.MemoryLimit {
			fail("compile", "the program needs %d MB of memory, the limit is %d MB: use a smaller batch",
				prog.memory>>20, opt.MemoryLimit>>20)
		}
		threads := opt.Threads
		if threads <= 0 {
			threads = runtime.GOMAXPROCS(0)
		}
		if opt.Precision == Float64 {
			prog.machine = newRunner(p, threads, rows[float64]{
				block: func(k kernels) func(dst, a, b, c []float64) { return k.f64 },
				bind:  func(b binders) binder[float64] { return b.f64 },
			})
		} else {
			prog.machine = newRunner(p, threads, rows[float32]{
				scalars: true,
				block:   func(k kernels) func(dst, a, b, c []float32) { return k.f32 },
				bind:    func(b binders) binder[float32] { return b.f32 },
				wide:    func(p *Primitive) wideBinder[float32] { return p.wide },
			})
		}
	})
	return prog, err
}

// Close gives the program's memory back at once; otherwise that happens when the
// garbage collector finds the program unused. A closed program must not be used.
func (p *Program) Close() { p.machine.close() }

// Memory returns the bytes that the program holds.
func (p *Program) Memory() int64 { return p.memory }

// Steps returns the number of kernel calls of a run.
func (p *Program) Steps() int { return len(p.plan.steps) }

// Write sets the elements of a variable from number start on, row by row, to src,
// rounded to the working precision. A variable that the program does not need is
// ignored.
func (p *Program) Write(v *Node, start int, src []float64) { p.machine.write(v, start, src) }

// Scale multiplies all elements of a variable by a factor.
func (p *Program) Scale(v *Node, factor float64) { p.machine.scale(v, factor) }

// Run computes the given outputs of the program from the variables, all of them
// if none is given. The only errors are those of data: an index outside its
// table. Only the first run of a program, and of a set of outputs, allocates.
func (p *Program) Run(outputs ...*Node) error {
	return Maybe(func() {
		needed := p.needed(outputs)
		for i := range p.plan.steps {
			if needed != nil && !needed[i] {
				continue
			}
			if p.times == nil {
				p.machine.step(i)
				continue
			}
			start := time.Now()
			p.machine.step(i)
			p.times[i] += time.Since(start)
		}
	})
}

// needed is plan.needed, computed once for each set of outputs.
func (p *Program) needed(outputs []*Node) []bool {
	for _, r := range p.asked {
		if slices.Equal(r.outputs, outputs) {
			return r.steps
		}
	}
	r := request{slices.Clone(outputs), p.plan.needed(outputs)}
	p.asked = append(p.asked, r)
	return r.steps
}

// Read returns an output as doubles, row by row, as the last Run that computed
// it left it.
func (p *Program) Read(output *Node) []float64 { return p.machine.read(output) }

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
		if v.kept {
			start = next
			next += padded(v.size)
		}
		r.memory[i] = all[start : start+v.size : start+v.size]
		if v.node.op == OpConst {
			kernel.Write(r.memory[i], layoutOf(v.node.shape), 0, v.node.data)
		}
	}
	for _, s := range p.steps {
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
		in[i], views[i] = r.memory[x.value], x.layout
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
	r.work, r.memory, r.calls = nil, nil, nil // addresses of what is gone
}

func (r *runner[T]) step(i int) {
	r.calls[i]()
	runtime.KeepAlive(r) // the call holds addresses of memory that goes with r
}

// variable returns the place of a variable, false if the program has none.
func (r *runner[T]) variable(v *Node) (place, bool) {
	at, ok := r.plan.home[v]
	return at, ok && v.op == OpVariable
}

func (r *runner[T]) write(v *Node, start int, src []float64) {
	if at, ok := r.variable(v); ok {
		// Without axes of size 1 the filters of pointwise convolutions have rows.
		kernel.Write(r.memory[at.value], kernel.Collapsed(at.layout)[0], start, src)
	}
	runtime.KeepAlive(r)
}

func (r *runner[T]) scale(v *Node, factor float64) {
	if at, ok := r.variable(v); ok {
		kernel.Scale(r.memory[at.value], factor)
	}
	runtime.KeepAlive(r)
}

func (r *runner[T]) read(n *Node) []float64 {
	at, ok := r.plan.outputs[n]
	if !ok {
		fail("read", "node %v is not an output of the program", n)
	}
	out := make([]float64, n.Size())
	for i, v := range r.memory[at.value][at.layout.Offset:][:len(out)] {
		out[i] = float64(v)
	}
	runtime.KeepAlive(r)
	return out
}
