package program

import "runtime"

// Compile makes a program of what outputs need of the graph. It fails if that takes more than the limit of memory.
//
// Each pass hands the next one a form that is described in the text of the package.
func Compile(g *Graph, outputs []Node, opt Options) *Program {
	work := newWork(g, outputs, opt.Verify)                        // of the graph, what the outputs need
	clusters := work.schedule()                                    // what is computed together, and when
	work, clusters = work.economize(clusters, opt.enough())        // what is computed again instead of being stored
	effort := work.release()                                       // the rest needs the clusters alone
	plan := work.plan(clusters, outputs, !opt.Double, opt.Updates) // where each tensor is
	plan.stack()                                                   // products with a factor in common in one step
	plan.addUpdates(opt.Updates)                                   // the variables that become what was computed
	plan.allocate()                                                // temporaries share memory
	if opt.Verify {
		plan.verifyMemory()
	}
	return newProgram(plan, effort, opt)
}

// release drops what only scheduling needs, and returns the effort of the work.
func (w *work) release() int64 {
	effort := w.effort()
	if w.nodes = nil; len(w.phase) > manyNodes {
		runtime.GC() // scheduling leaves behind more than the plan takes: the two do not add up
	}
	return effort
}

// newProgram returns the program of a plan, with memory unless it is only planned.
func newProgram(plan *plan, effort int64, opt Options) *Program {
	plan.effort = effort
	elements, width := int64(plan.kept()+plan.arena()), int64(4)
	if opt.Double {
		width = 8
	}
	p := &Program{plan: plan, opt: opt, memory: elements * width}
	if opt.MemoryLimit > 0 && p.memory > opt.MemoryLimit {
		fail("the program needs %d MB of memory, the limit is %d MB: use a smaller batch", p.memory>>20, opt.MemoryLimit>>20)
	}
	if !opt.PlanOnly {
		p.Start()
	}
	return p
}
