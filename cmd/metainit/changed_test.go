package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestInputChanges writes a model again while it is tuned: as it was, with weights that are no numbers, and shorter.
func TestInputChanges(t *testing.T) {
	data, err := os.ReadFile("../../testdata/reference/mlp/model.onnx")
	if err != nil {
		t.Fatal(err)
	}
	noNumbers := bytes.Clone(data)
	at := len(data) / 2
	copy(noNumbers[at:], bytes.Repeat([]byte{0xff}, 64)) // within a weight
	for name, again := range map[string][]byte{"the same": data, "NaNs": noNumbers, "shorter": data[:100]} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			model := filepath.Join(dir, "model.onnx")
			if err := os.WriteFile(model, data, 0o666); err != nil {
				t.Fatal(err)
			}
			messages, stderr := io.Pipe()
			status := make(chan int, 1)
			go func() {
				status <- run([]string{"metainit", "run", model, "--steps", "60", "--batch", "2", "--paper"}, io.Discard, stderr)
				stderr.Close()
			}()
			last, written := "", false
			for lines := bufio.NewScanner(messages); lines.Scan(); {
				if last = lines.Text(); strings.HasPrefix(last, "step 1 of") {
					written = true
					if err := os.WriteFile(model, again, 0o666); err != nil {
						t.Error(err)
					}
				}
			}
			if got := <-status; got != statusBad || !written || !strings.Contains(last, "model.onnx: the file has changed since it was read; start again") {
				t.Errorf("status %d, want %d; last message %q", got, statusBad, last)
			}
			if entries, _ := os.ReadDir(dir); len(entries) != 1 {
				t.Errorf("left behind: %v", entries)
			}
		})
	}
}
