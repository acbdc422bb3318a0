package metainit

import (
	"context"
	"fmt"
	"runtime/debug"

	"onnx-metainit/autodiff/lower"
)

// quicklyPlanned is the number of nodes of a graph up to which more than a step of it is planned.
const quicklyPlanned = 1 << 15

// bytesTogether is what planning a step and a run at once takes for a node of the model's graph, and mostTogether what they may
// take: beyond that the memory is worth more than the time.
const (
	bytesTogether = 20 << 10
	mostTogether  = 320 << 20
)

// inspectPlans says what a step and a run take. Each has a graph of its own: both are planned at once where there is memory.
func (r *Inspection) inspectPlans(p *Problem) {
	nodes := p.lowered.Graph.Len() // before that of a step is built in it
	var run int64
	var step *engine
	var noRun, noStep error
	plans := []func(){func() { run, noRun = inspectRun(p, nodes) }, func() { step, noStep = p.planStep() }}
	if fitTogether(nodes, p.opt.MemoryLimit) {
		_ = inParallel(p.opt.Threads, len(plans), func(i int) error { plans[i](); return nil })
	} else {
		plans[0]() // its graph goes, that of the step stays
		debug.FreeOSMemory()
		plans[1]()
	}
	if noStep == nil {
		r.Plan, noStep = p.planOf(step)
	}
	switch {
	case noStep != nil:
		r.PlanProblem = noStep.Error()
	case noRun != nil:
		r.RunProblem, r.RunErr = noRun.Error(), noRun
	default:
		r.RunMemoryBytes = run
	}
}

// fitTogether reports whether there is memory to plan a step and a run of a graph at once.
func fitTogether(nodes int, limit int64) bool {
	need := bytesTogether * int64(nodes)
	return need <= mostTogether && (limit <= 0 || need <= limit)
}

// inspectRun returns what `metainit run MODEL` holds, by a graph of its own. That of the problem had so many nodes at first.
func inspectRun(p *Problem, nodes int) (int64, error) {
	if nodes > quicklyPlanned {
		return 0, fmt.Errorf("not planned for a graph of %d nodes: run says before its first trial if it is more than the memory that is free", nodes)
	}
	opt := p.opt
	opt.known = p.known()
	run, err := New(p.model, opt)
	if err != nil {
		return 0, err
	}
	return run.RunMemory(context.Background(), RaceOptions{BatchNorm: lower.BatchNormUntrained})
}
