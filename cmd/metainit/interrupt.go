package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
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

// interrupted is the error of commands that have nothing to write.
var interrupted = &exit{statusInterrupted, "interrupted"}
