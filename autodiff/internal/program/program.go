package program

import (
	"runtime"
	"slices"
	"time"
)

// Options of Compile.
type Options struct {
	Double      bool // float64, else float32
	Threads     int  // 0: GOMAXPROCS; results do not depend on it
	MemoryLimit int64
	Updates     []Update
	PlanOnly    bool // no memory before Start

	// Of tests.
	Enough int  // the peak of memory, in elements, up to which a program is left as it is; 0: a usual one
	Verify bool // check what the passes hand to each other
	Apart  bool // no loops are compiled: each instruction has its own
}

// Program computes some nodes of a graph again and again. Its memory is planned when it is compiled. It is not safe for
// concurrent use, but for this: different variables may be written and scaled at once.
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
	outputs []Node
	steps   []bool
}

// machine is a program in one precision.
type machine interface {
	write(v Node, start int, src []float64)
	scale(v Node, factor float64)
	fill(v Node, value float64)
	read(n Node) []float64
	alone(on bool)
	step(i int)
	close()
}

// Start gives memory to a program that was only planned.
func (p *Program) Start() {
	threads := p.opt.Threads
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	if p.opt.Double {
		p.machine = newRunner(p.plan, threads, double64)
		return
	}
	t := single32
	t.compile = !p.opt.Apart
	p.machine = newRunner(p.plan, threads, t)
}

// Copy returns a program of the same plan with memory of its own: the two may run at once.
func (p *Program) Copy() *Program {
	c := &Program{plan: p.plan, opt: p.opt, memory: p.memory}
	c.Start()
	return c
}

// Alone says whether runs keep to the caller's thread from now on.
func (p *Program) Alone(on bool) { p.machine.alone(on) }

// Close gives the program's memory back at once.
func (p *Program) Close() {
	if p.machine != nil {
		p.machine.close()
	}
}

// Memory returns the bytes that the program holds.
func (p *Program) Memory() int64 { return p.memory }

// Steps returns the number of kernel calls of a run.
func (p *Program) Steps() int { return len(p.plan.steps) }

// Write sets the elements of a variable from number start on, row by row. One that the program does not need is ignored, here as
// in Scale and Fill.
func (p *Program) Write(v Node, start int, src []float64) { p.machine.write(v, start, src) }

// Scale multiplies all elements of a variable by a factor.
func (p *Program) Scale(v Node, factor float64) { p.machine.scale(v, factor) }

// Fill sets all elements of a variable to a value.
func (p *Program) Fill(v Node, value float64) { p.machine.fill(v, value) }

// Run computes the given outputs from the variables, all of them if none is given. Only the first run of a program, and of a set
// of outputs, allocates.
func (p *Program) Run(outputs []Node) {
	needed := p.needed(outputs)
	for i := range p.plan.steps {
		if needed != nil && !needed[i] {
			continue
		}
		p.plan.Check()
		if p.times == nil {
			p.machine.step(i)
			continue
		}
		start := time.Now()
		p.machine.step(i)
		p.times[i] += time.Since(start)
	}
}

// needed is plan.needed, computed once for each set of outputs.
func (p *Program) needed(outputs []Node) []bool {
	for _, r := range p.asked {
		if slices.Equal(r.outputs, outputs) {
			return r.steps
		}
	}
	r := request{slices.Clone(outputs), p.plan.needed(outputs)}
	p.asked = append(p.asked, r)
	return r.steps
}

// Read returns an output, row by row, as the last Run that computed it left it.
func (p *Program) Read(output Node) []float64 { return p.machine.read(output) }

// Effort returns what a run of all outputs costs, in multiply-adds: elementwise work and moving elements count as the products
// that take as long in float32.
func (p *Program) Effort() int64 { return p.plan.effort }

// MultiplyAdds returns the multiply-adds of the products in one run of all outputs.
func (p *Program) MultiplyAdds() int64 {
	var total int64
	for _, s := range p.plan.steps {
		total += p.plan.multiplyAdds(s)
	}
	return total
}

func (p *plan) multiplyAdds(s step) int64 {
	if s.fused != nil || s.copied {
		return 0
	}
	return p.kind(s.node).MultiplyAdds * int64(max(1, len(s.stacked)))
}

func (o Options) enough() int {
	if o.Enough == 0 {
		return enoughMemory
	}
	return o.Enough
}
