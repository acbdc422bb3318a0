package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// interruptible returns a context that an interrupt ends, so that no file is left half-written. A second one ends the
// program at once.
func interruptible() (ctx context.Context, stop func()) {
	ctx, stop = signal.NotifyContext(context.Background(), interrupts()...)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// interrupts returns the signals that end a run between steps. A hang-up that nohup has the program ignore stays ignored.
func interrupts() []os.Signal {
	signals := []os.Signal{syscall.SIGINT, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

// patience is how long an interrupt waits for what is computed to end.
const patience = 300 * time.Millisecond

// answering returns what compute returns or, soon after the context is done, its error: a running kernel does not look at the
// context. Compute may then go on until the program ends, and must not write anything any more.
func answering(ctx context.Context, compute func() error) error {
	done := make(chan error, 1)
	failed := make(chan any, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil {
				failed <- r
			}
		}()
		done <- compute()
	}()
	var late <-chan time.Time
	stopped := ctx.Done()
	for {
		select {
		case err := <-done:
			return err
		case r := <-failed:
			panic(r)
		case <-stopped:
			stopped, late = nil, time.After(patience)
		case <-late:
			return ctx.Err()
		}
	}
}

// interrupted is the error of commands that have nothing to write.
var interrupted = &exit{status: statusInterrupted, message: "interrupted"}
