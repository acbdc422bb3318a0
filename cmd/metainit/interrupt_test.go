//go:build unix

package main

import (
	"bufio"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
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
