package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestOutputName(t *testing.T) {
	for in, want := range map[string]string{
		"model.onnx":      "model.metainit.onnx",
		"a.b/model.onnx":  "a.b/model.metainit.onnx",
		"model":           "model.metainit",
		"model.tuned.pb":  "model.tuned.metainit.pb",
		"/data/x/m1.onnx": "/data/x/m1.metainit.onnx",
	} {
		if got := outputName(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func TestCreatable(t *testing.T) {
	dir := t.TempDir()
	model := filepath.Join(dir, "model.onnx")
	if err := os.WriteFile(model, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	protected, refused := filepath.Join(dir, "protected.json"), ""
	if err := os.WriteFile(protected, nil, 0o444); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(protected, 0o644)
	if runtime.GOOS == "windows" {
		refused = "it is write-protected; take the protection off"
	}
	for path, want := range map[string]string{
		protected:                              refused,
		filepath.Join(dir, "new.onnx"):         "",
		model:                                  "",
		dir:                                    "is a folder",
		filepath.Join(dir, "none", "new.onnx"): "cannot be written",
		filepath.Join(model, "new.onnx"):       "cannot be written",
	} {
		err := creatable(path)
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path)) {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	for _, text := range []string{"first", "second"} {
		if err := writeFile(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("got %q, %v, want %q", got, err, text)
		}
	}
	if err := writeFile(filepath.Join(dir, "none", "f"), nil); err == nil {
		t.Error("a folder that does not exist: no error")
	}
	if err := writeFile(dir, nil); err == nil {
		t.Error("a folder: no error")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}
