package main

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// broken is a standard output that fails, or panics as an error of the program does.
type broken struct{ internal bool }

func (b broken) Write([]byte) (int, error) {
	if b.internal {
		panic("broken")
	}
	return 0, errors.New("no room")
}

// TestStatusOfTrouble: 1 of diff means different and nothing else.
func TestStatusOfTrouble(t *testing.T) {
	const a, b = "../../testdata/reference/mlp/model.onnx", "../../testdata/reference/lenet/model.onnx"
	for _, c := range []struct {
		args    string
		stdout  io.Writer
		status  int
		message string
	}{
		{"diff " + a + " " + a, io.Discard, 0, ""},
		{"diff " + a + " " + b, io.Discard, statusDifferent, ""},
		{"diff " + a + " none.onnx", io.Discard, statusDiffTrouble, "none.onnx"},
		{"diff " + a + " " + a, broken{}, statusDiffTrouble, "cannot be written: no room"},
		{"diff " + a + " " + b, broken{}, statusDiffTrouble, "cannot be written: no room"},
		{"diff " + a + " " + b, broken{internal: true}, statusDiffTrouble, "an error of metainit itself"},
		{"diff " + a + " " + b + " --rtol=-1", io.Discard, statusUsage, "--rtol"},
		{"inspect " + a, broken{}, statusOutput, "cannot be written: no room"},
		{"inspect " + a, broken{internal: true}, statusInternal, "an error of metainit itself"},
		{"inspect none.onnx", broken{}, statusBad, "none.onnx"},
	} {
		var messages bytes.Buffer
		status := run(append([]string{"metainit"}, strings.Fields(c.args)...), c.stdout, &messages)
		if status != c.status || !strings.Contains(messages.String(), c.message) || strings.Count(messages.String(), "\n") > 1 {
			t.Errorf("%s: status %d, want %d; messages %q, want %q", c.args, status, c.status, &messages, c.message)
		}
	}
}
