package kernel

import "sync"

// Parallel calls body for consecutive ranges [lo, hi) that cover [0, n), on up
// to threads goroutines. No range is shorter than grain, but the last. A panic
// in body is raised again in the caller.
func Parallel(threads, n, grain int, body func(lo, hi int)) {
	parts := min(threads, (n+grain-1)/max(grain, 1))
	if parts <= 1 {
		if n > 0 {
			body(0, n)
		}
		return
	}
	var (
		wg       sync.WaitGroup
		once     sync.Once
		panicked any
	)
	for p := range parts {
		lo, hi := n*p/parts, n*(p+1)/parts
		wg.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					once.Do(func() { panicked = r })
				}
			}()
			body(lo, hi)
		})
	}
	wg.Wait()
	if panicked != nil {
		panic(panicked)
	}
}
