package metainit

import (
	"cmp"
	"runtime"
	"sync"
	"sync/atomic"
)

// inParallel calls f with 0 … n−1 on the given number of threads (0: GOMAXPROCS) and returns the error of the lowest
// number. Numbers are handed out in order, and none after an error: those below it are all done, so that the error is
// the same for any number of threads. A panic in f is raised again in the caller.
func inParallel(threads, n int, f func(i int) error) error {
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	errs := make([]error, n)
	var next atomic.Int64
	var failed atomic.Bool
	var panicked atomic.Pointer[any]
	work := func() {
		defer func() {
			if r := recover(); r != nil {
				panicked.CompareAndSwap(nil, &r)
				failed.Store(true)
			}
		}()
		for !failed.Load() {
			i := int(next.Add(1)) - 1
			if i >= n {
				return
			}
			if errs[i] = f(i); errs[i] != nil {
				failed.Store(true)
			}
		}
	}
	var team sync.WaitGroup
	for range min(threads, n) {
		team.Go(work)
	}
	team.Wait()
	if r := panicked.Load(); r != nil {
		panic(*r)
	}
	return cmp.Or(errs...)
}
