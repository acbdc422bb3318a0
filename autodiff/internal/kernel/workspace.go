package kernel

import "unsafe"

// Workspace is what the kernels of a program share: the number of threads, and working
// memory, which grows until it is large enough for each of them.
//
// A function that takes a workspace binds a kernel to its operands: it returns the
// call that computes. Only the first run of a call allocates. The calls of a workspace
// run one at a time, and none within another.
type Workspace[T Float] struct {
	Alone bool // calls keep to the caller's thread

	threads int
	parts   []*Scratch[T] // one for each part of a parallel loop

	// Memory that the parts of a loop share.
	columns, packed, framed, filter, partial []T
	sums                                     []float64
}

// NewWorkspace returns a workspace for calls on up to threads threads.
func NewWorkspace[T Float](threads int) *Workspace[T] { return &Workspace[T]{threads: threads} }

// Scratch is the working memory of one part of a parallel loop.
type Scratch[T Float] struct {
	a, b, columns []T
	operands      [][]T
	cursors       []Cursor
	pointers      []unsafe.Pointer
	strides       []int

	sums, groupSums []float64
	axes            []sumAxis

	tile      tileArgs
	steps     []tileStep
	factor    *Factor[T] // that a tile is of
	single    [1]Factor[T]
	rowBlocks []rowBlock
	coming    [2]coming // of a and b

	_ [128]byte // two threads must not write to the same cache line
}

// Elements returns n numbers, which hold anything.
func (s *Scratch[T]) Elements(n int) []T { return grow(&s.a, n) }

// Operands returns n slices, which hold anything.
func (s *Scratch[T]) Operands(n int) [][]T { return grow(&s.operands, n) }

// Cursors returns n cursors to seek rows with.
func (s *Scratch[T]) Cursors(n int) []Cursor { return grow(&s.cursors, n) }

// Pointers returns n pointers, which hold anything.
func (s *Scratch[T]) Pointers(n int) []unsafe.Pointer { return grow(&s.pointers, n) }

// Strides returns n strides, which hold anything.
func (s *Scratch[T]) Strides(n int) []int { return grow(&s.strides, n) }

// grow returns the first n elements of *p, and makes it larger if it is too small.
func grow[T any](p *[]T, n int) []T {
	if cap(*p) < n {
		*p = make([]T, n)
	}
	*p = (*p)[:cap(*p)]
	return (*p)[:n]
}

// Split returns a call that runs body in parallel for parts lo ≤ i < hi of the range
// [0, n), each with a scratch of its own. There are as many parts as threads, but no more
// than n/grain, rounded up. A panic in body is raised again in the caller.
func (ws *Workspace[T]) Split(n, grain int, body func(s *Scratch[T], lo, hi int)) func() {
	s := newLoop(ws.threads, n, grain, func(part, lo, hi int) { body(ws.parts[part], lo, hi) })
	for len(ws.parts) < s.parts {
		ws.parts = append(ws.parts, new(Scratch[T]))
	}
	return func() { s.run(ws.Alone) }
}

// stage is a step of a job: n items, of which grain are worth another thread.
type stage[T Float] struct {
	n, grain int
	body     func(s *Scratch[T], columns []T, job, lo, hi int)
}

// jobs returns a call that runs count jobs, the stages of each one after the other. A job
// has as many elements of columns to hand on from one stage to the next. Threads share
// whole jobs, of which grain are worth another thread; or, if there are fewer jobs than
// threads, the items of each stage.
func (ws *Workspace[T]) jobs(count, grain, columns int, stages ...stage[T]) func() {
	few := false
	for _, g := range stages {
		few = few || count < ws.threads && g.n > g.grain
	}
	if !few {
		return ws.Split(count, grain, func(s *Scratch[T], lo, hi int) {
			c := grow(&s.columns, columns)
			for job := lo; job < hi; job++ {
				for _, g := range stages {
					g.body(s, c, job, 0, g.n)
				}
			}
		})
	}
	var job int
	var c []T
	calls := make([]func(), len(stages))
	for i, g := range stages {
		calls[i] = ws.Split(g.n, g.grain, func(s *Scratch[T], lo, hi int) { g.body(s, c, job, lo, hi) })
	}
	return func() {
		c = grow(&ws.columns, columns)
		for job = range count {
			for _, call := range calls {
				call()
			}
		}
	}
}

func none() {}

// series returns a call that makes several, one after the other.
func series(calls ...func()) func() {
	return func() {
		for _, call := range calls {
			call()
		}
	}
}
