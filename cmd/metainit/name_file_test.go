package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSplitInput(t *testing.T) {
	existing := filepath.Join(t.TempDir(), "run:1.npy")
	if err := os.WriteFile(existing, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		names      string
		flag       string
		name, file string
		err        string
	}{
		{"x", "x:a.npy", "x", "a.npy", ""},
		{"x", "a.npy", "x", "a.npy", ""},
		{"x", "/data/a.npy", "x", "/data/a.npy", ""},
		{"x", `C:\data\a.npy`, "x", `C:\data\a.npy`, ""},
		{"x", `x:C:\data\a.npy`, "x", `C:\data\a.npy`, ""},
		{"C", `C:a.npy`, "C", `a.npy`, ""},
		{"serving_default_x:0", "serving_default_x:0:a.npy", "serving_default_x:0", "a.npy", ""},
		{"serving_default_x serving_default_x:0", "serving_default_x:0:a.npy", "serving_default_x:0", "a.npy", ""},
		{"serving_default_x:0", "a.npy", "serving_default_x:0", "a.npy", ""},
		{"x", existing, "x", existing, ""},
		{"x y", "y:a.npy", "y", "a.npy", ""},
		{"x", "image:a.npy", "", "", `no input "image"; the model's inputs are x`},
		{"x y", "a.npy", "", "", "say which input"},
		{"", "a.npy", "", "", "say which input"},
	} {
		name, file, err := splitInput(strings.Fields(c.names), c.flag)
		if name != c.name || file != c.file || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s of %s: got %q, %q, %v", c.flag, c.names, name, file, err)
		}
	}
}
