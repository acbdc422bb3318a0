package kernel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// crew are the threads beside the caller's, shared by all programs of the
// process: starting a goroutine for each kernel costs more than a small kernel
// takes. They wait for work in a loop, and sleep when none has come for a while.
var crew team

type team struct {
	busy    atomic.Bool
	members int // started so far; guarded by busy

	rounds atomic.Int64          // runs of shifts so far
	work   atomic.Pointer[shift] // that of the present round, if there is one

	mu    sync.Mutex
	wake  sync.Cond
	awake atomic.Int32 // members that are not asleep
}

// shift is work in parts. It is made once and run many times: a member that looks
// for a part too late finds none left, or one of the next run.
type shift struct {
	n, parts   int
	body       func(part, lo, hi int)
	next, done atomic.Int32
	panicked   atomic.Pointer[any]
}

// newShift divides [0, n) among up to threads threads, the caller's among them; no
// part is shorter than grain, but for rounding.
func newShift(threads, n, grain int, body func(part, lo, hi int)) *shift {
	return &shift{n: n, parts: max(1, min(threads, balanced(n, max(grain, 1)))), body: body}
}

// run calls body for each part; for all of the range as one, if it is to be alone or another
// goroutine has the crew.
func (s *shift) run(alone bool) {
	if s.parts > 1 && !alone && crew.busy.CompareAndSwap(false, true) {
		defer crew.busy.Store(false)
		crew.run(s)
	} else if s.n > 0 {
		s.body(0, 0, s.n)
	}
}

// spins is how often a member looks for work before it sleeps: some 500 µs, longer
// than most kernels that keep to one thread.
const spins = 200_000

func (t *team) run(s *shift) {
	for ; t.members < s.parts-1; t.members++ {
		t.wake.L = &t.mu
		t.awake.Add(1)
		go t.member()
	}
	s.panicked.Store(nil)
	s.done.Store(0)
	s.next.Store(0)
	t.work.Store(s)
	t.rounds.Add(1)
	if int(t.awake.Load()) < t.members {
		t.mu.Lock()
		t.wake.Broadcast()
		t.mu.Unlock()
	}
	s.help()
	for i := 0; int(s.done.Load()) < s.parts; i++ {
		if i > spins {
			runtime.Gosched()
		}
	}
	t.work.Store(nil) // its program may go
	if p := s.panicked.Load(); p != nil {
		panic(*p)
	}
}

// member waits for shifts and helps with each.
func (t *team) member() {
	for seen := int64(0); ; {
		for i := 0; t.rounds.Load() == seen; i++ {
			if i == spins {
				t.sleep(seen)
			}
		}
		seen = t.rounds.Load()
		if s := t.work.Load(); s != nil {
			s.help()
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

// help does parts of the shift until none is left.
func (s *shift) help() {
	for {
		p := int(s.next.Add(1)) - 1
		if p >= s.parts {
			return
		}
		s.part(p)
	}
}

func (s *shift) part(p int) {
	defer s.done.Add(1)
	defer func() {
		if r := recover(); r != nil {
			kept := r // r itself is to stay on the stack
			s.panicked.CompareAndSwap(nil, &kept)
		}
	}()
	s.body(p, s.n*p/s.parts, s.n*(p+1)/s.parts)
}
