package kernel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Parallel calls body for consecutive ranges [lo, hi) that cover [0, n), on up
// to threads threads, the caller's among them. No range is shorter than grain,
// but the last. A panic in body is raised again in the caller.
//
// Within body, or while another goroutine is in Parallel, the whole range is one
// call.
func Parallel(threads, n, grain int, body func(lo, hi int)) {
	parts := min(threads, (n+grain-1)/max(grain, 1))
	if parts > 1 && crew.busy.CompareAndSwap(false, true) {
		defer crew.busy.Store(false)
		crew.run(n, parts, body)
	} else if n > 0 {
		body(0, n)
	}
}

// crew are the threads beside the caller's, shared by all programs of the
// process: starting a goroutine for each kernel costs more than a small kernel
// takes. They wait for work in a loop, and sleep when none has come for a while.
var crew team

type team struct {
	busy    atomic.Bool
	members int // started so far; guarded by busy

	work atomic.Pointer[shift] // the newest

	mu    sync.Mutex
	wake  sync.Cond
	awake atomic.Int32 // members that are not asleep
}

// shift is one call of Parallel.
type shift struct {
	n, parts   int
	body       func(lo, hi int)
	next, done atomic.Int32
	panicked   atomic.Pointer[any]
}

// spins is how often a member looks for work before it sleeps: some 500 µs, longer
// than most kernels that keep to one thread.
const spins = 200_000

func (t *team) run(n, parts int, body func(lo, hi int)) {
	for ; t.members < parts-1; t.members++ {
		t.wake.L = &t.mu
		t.awake.Add(1)
		go t.member()
	}
	s := &shift{n: n, parts: parts, body: body}
	t.work.Store(s)
	if int(t.awake.Load()) < t.members {
		t.mu.Lock()
		t.wake.Broadcast()
		t.mu.Unlock()
	}
	s.help()
	for i := 0; int(s.done.Load()) < parts; i++ {
		if i > spins {
			runtime.Gosched()
		}
	}
	if p := s.panicked.Load(); p != nil {
		panic(*p)
	}
}

// member waits for shifts and helps with each.
func (t *team) member() {
	var last *shift
	for {
		for i := 0; t.work.Load() == last; i++ {
			if i == spins {
				t.sleep(last)
			}
		}
		last = t.work.Load()
		last.help()
	}
}

// sleep returns when there is another shift than last.
func (t *team) sleep(last *shift) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.awake.Add(-1)
	defer t.awake.Add(1)
	for t.work.Load() == last {
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
			s.panicked.CompareAndSwap(nil, &r)
		}
	}()
	s.body(s.n*p/s.parts, s.n*(p+1)/s.parts)
}
