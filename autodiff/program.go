package autodiff

import (
	"slices"

	"onnx-metainit/autodiff/internal/program"
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
	compiled *program.Program
	outputs  []*Node
	numbers  map[*Node]program.Node // of the outputs and the variables
	asked    []program.Node         // scratch: the outputs of a run
}

// compiling is what tests want of the compiler.
var compiling program.Options

// Compile plans the computation of outputs. The graph may grow afterwards; the
// program does not change.
func Compile(outputs []*Node, opt Options) (*Program, error) {
	var p *Program
	err := Maybe(func() {
		checkUpdates(opt.Updates, outputs)
		t := translate(outputs)
		p = &Program{outputs: slices.Clone(outputs), numbers: t.numbers}
		o := compiling
		o.Double, o.Threads, o.MemoryLimit, o.PlanOnly = opt.Precision == Float64, opt.Threads, opt.MemoryLimit, opt.PlanOnly
		o.Updates = translated(opt.Updates, t.numbers)
		p.compiled = program.Compile(t.to, slices.Clone(p.of(outputs)), o)
	})
	return p, err
}

// of returns the program's numbers of some outputs, until it is called again.
func (p *Program) of(outputs []*Node) []program.Node {
	p.asked = p.asked[:0]
	for _, n := range outputs {
		number, ok := p.numbers[n]
		if !ok || n.op == OpVariable && !slices.Contains(p.outputs, n) {
			fail("run", "node %v is not an output of the program", n)
		}
		p.asked = append(p.asked, number)
	}
	return p.asked
}

// Start gives memory to a program that was only planned.
func (p *Program) Start() error { return Maybe(p.compiled.Start) }

// Copy returns a program of the same plan with memory of its own: the two may run at once.
func (p *Program) Copy() (*Program, error) {
	c := &Program{outputs: p.outputs, numbers: p.numbers}
	err := Maybe(func() { c.compiled = p.compiled.Copy() })
	return c, err
}

// Alone says whether runs keep to the caller's thread from now on, as is best for small programs that run beside each other.
// Results do not depend on it.
func (p *Program) Alone(on bool) { p.compiled.Alone(on) }

// Close gives the program's memory back at once; otherwise that happens when the
// garbage collector finds the program unused. A closed program must not be used,
// but for being closed again.
func (p *Program) Close() { p.compiled.Close() }

// Memory returns the bytes that the program holds.
func (p *Program) Memory() int64 { return p.compiled.Memory() }

// Steps returns the number of kernel calls of a run.
func (p *Program) Steps() int { return p.compiled.Steps() }

// Write sets the elements of a variable from number start on, row by row, to src,
// rounded to the working precision. A variable that the program does not need is
// ignored.
func (p *Program) Write(v *Node, start int, src []float64) {
	if number, ok := p.variable(v); ok {
		p.compiled.Write(number, start, src)
	}
}

// Scale multiplies all elements of a variable by a factor.
func (p *Program) Scale(v *Node, factor float64) {
	if number, ok := p.variable(v); ok {
		p.compiled.Scale(number, factor)
	}
}

// Fill sets all elements of a variable to a value. A variable that the program does not need is ignored.
func (p *Program) Fill(v *Node, value float64) {
	if number, ok := p.variable(v); ok {
		p.compiled.Fill(number, value)
	}
}

// variable returns the program's number of a variable, false if it has none.
func (p *Program) variable(v *Node) (program.Node, bool) {
	number, ok := p.numbers[v]
	return number, ok && v.op == OpVariable
}

// Run computes the given outputs of the program from the variables, all of them
// if none is given. The only errors are those of data: an index outside its
// table. Only the first run of a program, and of a set of outputs, allocates.
func (p *Program) Run(outputs ...*Node) error {
	return Maybe(func() { p.compiled.Run(p.of(outputs)) })
}

// Read returns an output as doubles, row by row, as the last Run that computed
// it left it.
func (p *Program) Read(output *Node) []float64 { return p.compiled.Read(p.of([]*Node{output})[0]) }

// MultiplyAdds returns the multiply-adds of the products (Dot and the three
// convolutions) in one run of all outputs. Elementwise work is not counted.
func (p *Program) MultiplyAdds() int64 { return p.compiled.MultiplyAdds() }

// Effort returns what a run of all outputs costs, in multiply-adds: elementwise work and moving elements count as the products
// that take as long in float32.
func (p *Program) Effort() int64 { return p.compiled.Effort() }
