//go:build unix

package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio/onnxpb"
)

func TestInterruptLeavesNothing(t *testing.T) {
	signals := interrupts()
	if want := []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}; !slices.Equal(signals, want) && !signal.Ignored(syscall.SIGHUP) {
		t.Errorf("signals are %v, want %v", signals, want)
	}
	for _, s := range signals {
		t.Run(s.String(), func(t *testing.T) { interruptedBy(t, s.(syscall.Signal)) })
	}
}

// interruptedBy sends the signal to a run after its first step.
func interruptedBy(t *testing.T, signal syscall.Signal) {
	dir := t.TempDir()
	model := filepath.Join(dir, "model.onnx")
	data, err := os.ReadFile("../../testdata/reference/mlp/model.onnx")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(model, data, 0o666); err != nil {
		t.Fatal(err)
	}
	messages, stderr := io.Pipe()
	status := make(chan int, 1)
	go func() {
		status <- run([]string{"metainit", "run", model, "--steps", "1000000", "--batch", "2"}, io.Discard, stderr)
		stderr.Close()
	}()
	var last string
	for lines := bufio.NewScanner(messages); lines.Scan(); {
		if last = lines.Text(); strings.HasPrefix(last, "step 1 of") {
			if err := syscall.Kill(os.Getpid(), signal); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := <-status; got != statusInterrupted || last != "metainit: interrupted: nothing is written" {
		t.Errorf("status %d, want %d; last message %q", got, statusInterrupted, last)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

// TestAnswering: what does not look at the context is waited for only a while once that is done.
func TestAnswering(t *testing.T) {
	failed := errors.New("failed")
	ctx, cancel := context.WithCancel(context.Background())
	if err := answering(ctx, func() error { return failed }); err != failed {
		t.Errorf("got %v", err)
	}
	func() {
		defer func() {
			if r := recover(); r != "broken" {
				t.Errorf("recovered %v", r)
			}
		}()
		_ = answering(ctx, func() error { panic("broken") })
	}()
	cancel()
	if err := answering(ctx, func() error { time.Sleep(patience / 10); return failed }); err != failed {
		t.Errorf("a computation that ends soon: got %v", err)
	}
	start, end := time.Now(), make(chan bool)
	defer close(end)
	if err := answering(ctx, func() error { <-end; return nil }); err != context.Canceled || time.Since(start) > patience+200*time.Millisecond {
		t.Errorf("got %v after %v", err, time.Since(start))
	}
}

// TestInterruptDuringKernel interrupts a convolution that takes seconds.
func TestInterruptDuringKernel(t *testing.T) {
	const channels, size, filter = 64, 128, 5
	w := make([]float32, channels*channels*filter*filter)
	for i := range w {
		w[i] = float32(i%7) - 3
	}
	model, err := encode(&onnxpb.GraphProto{
		Initializer: []*onnxpb.TensorProto{{Name: proto.String("w"), Dims: []int64{channels, channels, filter, filter}, DataType: proto.Int32(1), FloatData: w}},
		Node:        []*onnxpb.NodeProto{node("Conv", "y", "x w")},
		Input:       []*onnxpb.ValueInfoProto{info("x", 1, channels, size, size)},
		Output:      []*onnxpb.ValueInfoProto{info("y", 1, channels, size-filter+1, size-filter+1)},
	})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "model.onnx")
	if err := os.WriteFile(path, model, 0o666); err != nil {
		t.Fatal(err)
	}
	messages, stderr := io.Pipe()
	status := make(chan int, 1)
	go func() {
		status <- run([]string{"metainit", "gq", path, "--loss", "mse", "--precision", "float64"}, io.Discard, stderr)
		stderr.Close()
	}()
	var sent time.Time
	for lines := bufio.NewScanner(messages); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "compiling and measuring") {
			time.Sleep(100 * time.Millisecond)
			if sent = time.Now(); syscall.Kill(os.Getpid(), syscall.SIGINT) != nil {
				t.Fatal("no signal")
			}
		}
	}
	if got, took := <-status, time.Since(sent); got != statusInterrupted || sent.IsZero() || took > time.Second {
		t.Errorf("status %d after %v", got, took)
	}
}
