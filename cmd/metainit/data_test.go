package main

import (
	"os"
	"path/filepath"
	"reflect"
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

func TestShapes(t *testing.T) {
	got, err := shapes([]string{"serving_default_x:0:32,3,8", "mask:1, 1", "4"})
	want := map[string][]int{"serving_default_x:0": {32, 3, 8}, "mask": {1, 1}, "": {4}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	for _, wrong := range [][]string{{"x:"}, {""}, {"x:3,"}, {"x:3,-1"}, {"x:3x4"}, {"x:99999999999999999999"}, {"x:1", "x:2"}, {"1", "2"}} {
		if got, err := shapes(wrong); err == nil {
			t.Errorf("%q: got %v, want an error", wrong, got)
		}
	}
}
