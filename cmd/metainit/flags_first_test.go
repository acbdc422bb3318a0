package main

import (
	"io"
	"slices"
	"strings"
	"testing"
)

func TestFlagsFirst(t *testing.T) {
	commands := newApp(io.Discard, io.Discard).Commands
	for _, c := range []struct{ args, want string }{
		{"run model.onnx -o out.onnx", "run -o out.onnx -- model.onnx"},
		{"run -o out.onnx model.onnx", "run -o out.onnx -- model.onnx"},
		{"run --output=out.onnx model.onnx --paper", "run --output=out.onnx --paper -- model.onnx"},
		{"gq model.onnx -q --seed 7", "gq -q --seed 7 -- model.onnx"},
		{"gq model.onnx --class-axis -1", "gq --class-axis -1 -- model.onnx"},
		{"gq --class-axis=-1 model.onnx", "gq --class-axis=-1 -- model.onnx"},
		{"gq model.onnx -input x:0:a.npy -input b.npy", "gq -input x:0:a.npy -input b.npy -- model.onnx"},
		{"gq --json -- -odd.onnx", "gq --json -- -odd.onnx"},
		{"gq -- --json model.onnx", "gq -- --json model.onnx"},
		{"gq model.onnx --unknown 3", "gq --unknown -- model.onnx 3"},
		{"gq model.onnx --seed", "gq --seed"},
		{"diff a.onnx --json b.onnx", "diff --json -- a.onnx b.onnx"},
		{"diff - b.onnx", "diff -- - b.onnx"},
		{"run model.onnx --help -o", "run --help"},
		{"help run", "help run"},
		{"--version", "--version"},
		{"unknown a -b", "unknown a -b"},
		{"", ""},
	} {
		args := append([]string{"metainit"}, strings.Fields(c.args)...)
		kept := slices.Clone(args)
		if got := strings.Join(flagsFirst(args, commands)[1:], " "); got != c.want {
			t.Errorf("%s: got %s, want %s", c.args, got, c.want)
		}
		if !slices.Equal(args, kept) {
			t.Errorf("%s: the arguments were changed", c.args)
		}
	}
}
