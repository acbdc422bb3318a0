package kernel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// crew is the team of threads that help the caller's, shared by all programs of the
// process: starting a goroutine for each kernel costs more than a small kernel
// takes. They spin until there is a loop to help with, and sleep when none has come
// for a while.
var crew team

type team struct {
	busy    atomic.Bool
	members int // started so far; guarded by busy

	rounds atomic.Int64                 // parallel loops run so far
	loop   atomic.Pointer[parallelLoop] // that of the present round, if there is one

	mu    sync.Mutex
	wake  sync.Cond
	awake atomic.Int32 // members that are not asleep
}

// parallelLoop is a loop over [0, n), divided into parts that run on several threads. It
// is made once and run many times: a member that asks for a part too late gets none, or
// one of the next run.
type parallelLoop struct {
	n, parts   int
	body       func(part, lo, hi int)
	next, done atomic.Int32
	panicked   atomic.Pointer[any]
}

// newLoop divides [0, n) among up to threads threads, the caller's among them; no
// part is shorter than grain, but for rounding.
func newLoop(threads, n, grain int, body func(part, lo, hi int)) *parallelLoop {
	return &parallelLoop{n: n, parts: max(1, min(threads, balanced(n, max(grain, 1)))), body: body}
}

// run calls body for each part, or once for the whole range if the caller's thread is to be
// alone or another goroutine has the crew.
func (l *parallelLoop) run(alone bool) {
	if l.parts > 1 && !alone && crew.busy.CompareAndSwap(false, true) {
		defer crew.busy.Store(false)
		crew.run(l)
	} else if l.n > 0 {
		l.body(0, 0, l.n)
	}
}

func (t *team) run(l *parallelLoop) {
	for ; t.members < l.parts-1; t.members++ {
		t.wake.L = &t.mu
		t.awake.Add(1)
		go t.member()
	}
	l.panicked.Store(nil)
	l.done.Store(0)
	l.next.Store(0)
	t.loop.Store(l)
	t.rounds.Add(1)
	if int(t.awake.Load()) < t.members {
		t.mu.Lock()
		t.wake.Broadcast()
		t.mu.Unlock()
	}
	l.help()
	for i := 0; int(l.done.Load()) < l.parts; i++ {
		if i > spins {
			runtime.Gosched()
		}
	}
	t.loop.Store(nil) // its program may go
	if p := l.panicked.Load(); p != nil {
		panic(*p)
	}
}

// member waits for parallel loops and helps with each.
func (t *team) member() {
	for seen := int64(0); ; {
		for i := 0; t.rounds.Load() == seen; i++ {
			if i == spins {
				t.sleep(seen)
			}
		}
		seen = t.rounds.Load()
		if l := t.loop.Load(); l != nil {
			l.help()
		}
	}
}

// sleep returns when there have been more rounds than those seen.
func (t *team) sleep(seen int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.awake.Add(-1)
	defer t.awake.Add(1)
	for t.rounds.Load() == seen {
		t.wake.Wait()
	}
}

// help runs parts of the loop until none is left.
func (l *parallelLoop) help() {
	for {
		p := int(l.next.Add(1)) - 1
		if p >= l.parts {
			return
		}
		l.runPart(p)
	}
}

func (l *parallelLoop) runPart(p int) {
	defer l.done.Add(1)
	defer func() {
		if r := recover(); r != nil {
			kept := r // r itself is to stay on the stack
			l.panicked.CompareAndSwap(nil, &kept)
		}
	}()
	l.body(p, l.n*p/l.parts, l.n*(p+1)/l.parts)
}
