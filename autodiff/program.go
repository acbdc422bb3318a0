package autodiff

import (
	"runtime"
	"slices"
	"time"
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
	Updates     []Update
	PlanOnly    bool // the program says what it takes, and has no memory before Start: it must not be used otherwise
}

// Program computes some nodes of a graph again and again. Its memory is planned
// when it is compiled. A Program is not safe for concurrent use, but for this:
// different variables may be written and scaled at once.
type Program struct {
	machine machine // nil before Start
	plan    *plan
	opt     Options
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
	fill(v *Node, value float64)
	read(n *Node) []float64
	alone(on bool)
	step(i int)
	close()
}

// Compile plans the computation of outputs. The graph may grow afterwards; the
// program does not change.
func Compile(outputs []*Node, opt Options) (*Program, error) {
	var prog *Program
	err := Maybe(func() {
		p := newPlan(outputs, opt.Precision == Float32, opt.Updates...)
		elements := int64(p.kept() + p.arena())
		width := int64(4)
		if opt.Precision == Float64 {
			width = 8
		}
		prog = &Program{plan: p, opt: opt, memory: elements * width}
		if opt.MemoryLimit > 0 && prog.memory > opt.MemoryLimit {
			fail("compile", "the program needs %d MB of memory, the limit is %d MB: use a smaller batch",
				prog.memory>>20, opt.MemoryLimit>>20)
		}
		if !opt.PlanOnly {
			prog.start()
		}
	})
	return prog, err
}

// Start gives memory to a program that was only planned.
func (p *Program) Start() error { return Maybe(p.start) }

func (p *Program) start() {
	threads := p.opt.Threads
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	if p.opt.Precision == Float64 {
		p.machine = newRunner(p.plan, threads, rows[float64]{
			block: func(k kernels) func(dst, a, b, c []float64) { return k.f64 },
			bind:  func(b binders) binder[float64] { return b.f64 },
		})
	} else {
		p.machine = newRunner(p.plan, threads, rows[float32]{
			scalars: true,
			block:   func(k kernels) func(dst, a, b, c []float32) { return k.f32 },
			bind:    func(b binders) binder[float32] { return b.f32 },
			wide:    func(p *Primitive) wideBinder[float32] { return p.wide },
		})
	}
}

// Copy returns a program of the same plan with memory of its own: the two may run at once.
func (p *Program) Copy() (*Program, error) {
	c := &Program{plan: p.plan, opt: p.opt, memory: p.memory}
	return c, c.Start()
}

// Alone says whether runs keep to the caller's thread from now on, as is best for small programs that run beside each other.
// Results do not depend on it.
func (p *Program) Alone(on bool) { p.machine.alone(on) }

// Close gives the program's memory back at once; otherwise that happens when the
// garbage collector finds the program unused. A closed program must not be used,
// but for being closed again.
func (p *Program) Close() {
	if p.machine != nil {
		p.machine.close()
	}
}

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

// Fill sets all elements of a variable to a value. A variable that the program does not need is ignored.
func (p *Program) Fill(v *Node, value float64) { p.machine.fill(v, value) }

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
			p.plan.steps[i].node.g.check()
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
