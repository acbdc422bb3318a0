package metainit

import (
	"fmt"
	"runtime/debug"
	"slices"

	"onnx-metainit/autodiff"
)

// worthCollecting is the memory of a program that the garbage of planning it counts beside.
const worthCollecting = 4 << 20

// manyNodes is the size of graphs of which what one plan leaves is worth a collection before the next is made.
const manyNodes = 1 << 18

// plannedProgram is a program without memory, for the one time that it is compiled.
type plannedProgram struct {
	precision autodiff.Precision
	outputs   []*autodiff.Node
	prog      *autodiff.Program
}

// planned plans a program of the outputs, once: compile takes it from there. More memory than the limit is no error yet.
func (p *Problem) planned(precision autodiff.Precision, outputs []*autodiff.Node, updates ...autodiff.Update) (*autodiff.Program, error) {
	if i := p.plannedAt(precision, outputs); i >= 0 {
		return p.plans[i].prog, nil
	}
	if p.hasPlanned && outputs[0].Graph().Len() > manyNodes {
		debug.FreeOSMemory() // what the last plan left and what this one takes do not add up
	}
	prog, err := autodiff.Compile(outputs, autodiff.Options{Precision: precision, Threads: p.opt.Threads, Updates: updates, PlanOnly: true})
	if p.opt.plansOnly {
		p.hasPlanned = true
	} else if err == nil {
		p.plans = append(p.plans, plannedProgram{precision, slices.Clone(outputs), prog})
	}
	return prog, err
}

func (p *Problem) plannedAt(precision autodiff.Precision, outputs []*autodiff.Node) int {
	return slices.IndexFunc(p.plans, func(q plannedProgram) bool { return q.precision == precision && slices.Equal(q.outputs, outputs) })
}

// compile compiles the outputs. The error is that of too little memory for them and the given data.
func (p *Problem) compile(precision autodiff.Precision, outputs []*autodiff.Node, updates ...autodiff.Update) (*autodiff.Program, error) {
	prog, err := p.planned(precision, outputs, updates...)
	if err != nil {
		return nil, err
	}
	if err := p.fits("the program", prog.Memory()+p.given()); err != nil {
		return nil, err
	}
	i := p.plannedAt(precision, outputs)
	p.plans = slices.Delete(p.plans, i, i+1)
	// Building and planning leave much garbage behind. The memory of the program is not in use yet: with the garbage gone
	// first, the two do not add up. A small program is computed sooner than that is collected.
	if prog.Memory() >= worthCollecting {
		debug.FreeOSMemory()
	}
	return prog, prog.Start()
}

// fits returns the error for more memory than the limit.
func (p *Problem) fits(what string, memory int64) error {
	if limit := p.opt.MemoryLimit; limit > 0 && memory > limit {
		return fmt.Errorf("%s needs %d MB of memory, the limit is %d MB: use a smaller batch", what, memory>>20, limit>>20)
	}
	return nil
}

// given is how many bytes the data have that are given for the problem.
func (p *Problem) given() int64 { return p.opt.given().with(p.sources).bytes() }

// holdings are slices of numbers, by their first element: several problems and inputs may hold the same.
type holdings map[*float64]int

func (h holdings) add(list []float64) {
	if len(list) > 0 {
		h[&list[0]] = max(h[&list[0]], len(list))
	}
}

// with adds what is written to variables.
func (h holdings) with(sources []source) holdings {
	for _, s := range sources {
		h.add(s.fixed)
	}
	return h
}

func (h holdings) bytes() int64 {
	total := int64(0)
	for _, size := range h {
		total += 8 * int64(size)
	}
	return total
}

// given is the data among the options.
func (o Options) given() holdings {
	all := make(holdings)
	for _, arrays := range []map[string]*Array{o.Inputs, o.Targets, o.Data.all(), o.TestData.all()} {
		for _, a := range arrays {
			all.add(a.Data)
		}
	}
	return all
}
