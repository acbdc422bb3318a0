package main

import (
	"context"
	"os/signal"
	"syscall"
)

// interruptible returns a context that an interrupt ends, so that no file is left half-written. A second one ends the
// program at once.
func interruptible() (ctx context.Context, stop func()) {
	ctx, stop = signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// interrupted is the error of commands that have nothing to write.
var interrupted = &exit{statusInterrupted, "interrupted"}
