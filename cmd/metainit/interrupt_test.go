//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
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
	"onnx-metainit/onnxio/onnxtest"
)

// TestInterruptLeavesNothing, if that is asked for.
func TestInterruptLeavesNothing(t *testing.T) {
	signals := interrupts()
	if want := []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}; !slices.Equal(signals, want) && !signal.Ignored(syscall.SIGHUP) {
		t.Errorf("signals are %v, want %v", signals, want)
	}
	for _, s := range signals {
		t.Run(s.String(), func(t *testing.T) {
			model := copied(t, "reference/mlp")
			status, last := interruptedBy(t, s.(syscall.Signal), "run", model, "--steps", "1000000", "--batch", "2", "--on-interrupt", "discard")
			if status != statusInterrupted || last != "metainit: interrupted: nothing is written" {
				t.Errorf("status %d, want %d; last message %q", status, statusInterrupted, last)
			}
			if entries, _ := os.ReadDir(filepath.Dir(model)); len(entries) != 1 {
				t.Errorf("left behind: %v", entries)
			}
		})
	}
}

// TestInterruptKeeps: what an interrupted run has computed is kept, and the run that goes on writes the same bytes; or the best
// so far is written.
func TestInterruptKeeps(t *testing.T) {
	model := copied(t, "models/vgg")
	dir := filepath.Dir(model)
	whole, out := filepath.Join(dir, "whole.onnx"), filepath.Join(dir, "out.onnx")
	kept := out + ".metainit-state"
	mustRun := func(args ...string) {
		t.Helper()
		var stderr strings.Builder
		if status := run(append([]string{"metainit", "run", model, "-q"}, args...), io.Discard, &stderr); status != 0 {
			t.Fatalf("%q: status %d, %s", args, status, &stderr)
		}
	}
	mustRun("-o", whole, "--seed", "3")
	status, last := interruptedBy(t, syscall.SIGINT, "run", model, "-o", out, "--seed", "3")
	if want := "metainit run " + model + " -o " + out + " --resume " + kept + " goes on"; status != statusInterrupted || !strings.HasSuffix(last, want) {
		t.Fatalf("status %d, want %d; last message %q, want its end %q", status, statusInterrupted, last, want)
	}
	if status, last = interruptedBy(t, syscall.SIGINT, "run", model, "-o", out, "--resume", kept); status != statusInterrupted {
		t.Fatalf("status %d, want %d; last message %q", status, statusInterrupted, last)
	}
	mustRun("-o", out, "--resume", kept)
	a, _ := os.ReadFile(whole)
	if b, err := os.ReadFile(out); err != nil || !bytes.Equal(a, b) {
		t.Errorf("the run that went on writes other bytes (%v)", err)
	}
	if _, err := os.Stat(kept); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what was kept is still there: %v", err)
	}

	best := filepath.Join(dir, "best.onnx")
	status, last = interruptedBy(t, syscall.SIGINT, "run", model, "-o", best, "--on-interrupt", "write")
	if status != statusInterrupted || !strings.HasSuffix(last, ": "+best+" has the best so far") {
		t.Errorf("status %d, want %d; last message %q", status, statusInterrupted, last)
	}
	if status := run([]string{"metainit", "diff", "-q", model, best}, io.Discard, io.Discard); status != statusDifferent {
		t.Errorf("the best so far: diff ends with status %d", status)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 4 {
		t.Errorf("left behind: %v", entries)
	}
}

// copied returns a copy of a model of testdata in a folder of its own.
func copied(t *testing.T, name string) (path string) {
	data, err := os.ReadFile(filepath.Join("../../testdata", name, "model.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "model.onnx")
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// interruptedBy sends the signal to a run after its first step of MetaInit, and returns its status and last message.
func interruptedBy(t *testing.T, signal syscall.Signal, args ...string) (status int, last string) {
	messages, stderr := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(append([]string{"metainit"}, args...), io.Discard, stderr)
		stderr.Close()
	}()
	sent := false
	for lines := bufio.NewScanner(messages); lines.Scan(); {
		if last = lines.Text(); strings.HasPrefix(last, "step 1 of") && !sent {
			if sent = true; syscall.Kill(os.Getpid(), signal) != nil {
				t.Fatal("no signal")
			}
		}
	}
	return <-ended, last
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
		Node:        []*onnxpb.NodeProto{onnxtest.Node("Conv", "x,w", "y")},
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
