package kernel

// Workspace is what the kernels of a program share: threads, and the memory that
// they work in, which grows until it is enough for each of them.
//
// A function that takes a workspace binds a kernel to its operands: it returns the
// call that computes, which may be made again and again and then allocates nothing.
// One call in a workspace runs at a time, and none within another.
type Workspace[T Float] struct {
	Alone bool // calls keep to the caller's thread

	threads int
	parts   []*Scratch[T] // by part of a call

	// What the parts of a call share.
	columns, packed, framed, filter, partial []T
	sums                                     []float64
}

// NewWorkspace returns a workspace for calls on up to threads threads.
func NewWorkspace[T Float](threads int) *Workspace[T] { return &Workspace[T]{threads: threads} }

// Scratch is the working memory of one part of a call.
type Scratch[T Float] struct {
	a, b, columns []T
	operands      [][]T
	cursors       []Cursor

	sums, groupSums []float64
	axes            []sumAxis

	tile      tileArgs
	steps     []tileStep
	factor    *Factor[T] // that a tile is of
	single    [1]Factor[T]
	rowBlocks []rowBlock
	coming    [2]coming // of a and b

	_ [128]byte // keeps the next one's numbers out of the same lines of the cache
}

// Elements returns n numbers, of any value.
func (s *Scratch[T]) Elements(n int) []T { return grow(&s.a, n) }

// Operands returns n slices, of any value.
func (s *Scratch[T]) Operands(n int) [][]T { return grow(&s.operands, n) }

// Cursors returns n cursors to seek rows with.
func (s *Scratch[T]) Cursors(n int) []Cursor { return grow(&s.cursors, n) }

// grow returns a slice of n elements, p if it is large enough.
func grow[T any](p *[]T, n int) []T {
	if cap(*p) < n {
		*p = make([]T, n)
	}
	*p = (*p)[:cap(*p)]
	return (*p)[:n]
}

// Split binds body to the range [0, n): the call that it returns runs body for parts
// lo ≤ i < hi of it, each with a scratch of its own, on the workspace's threads.
// There are no more parts than grain goes into n, rounded up. A panic in body is
// raised again in the caller.
func (ws *Workspace[T]) Split(n, grain int, body func(s *Scratch[T], lo, hi int)) func() {
	s := newLoop(ws.threads, n, grain, func(part, lo, hi int) { body(ws.parts[part], lo, hi) })
	for len(ws.parts) < s.parts {
		ws.parts = append(ws.parts, new(Scratch[T]))
	}
	return func() { s.run(ws.Alone) }
}

// stage is a step of a job that can be shared out by itself.
type stage[T Float] struct {
	n, grain int
	body     func(s *Scratch[T], columns []T, job, lo, hi int)
}

// jobs binds count jobs of some stages, with a number of columns to pass from one
// stage to the next. Whole jobs are shared out, no fewer than grain; or, if these are
// too few to go round, the stages of one after the other.
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

// series makes one call of several.
func series(calls ...func()) func() {
	return func() {
		for _, call := range calls {
			call()
		}
	}
}
