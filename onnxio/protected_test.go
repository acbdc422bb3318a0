package onnxio

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestWriteProtected has a write-protected file at the output's name, and in place of it: the folder says who may replace it, but
// on Windows, where the file does. Refused or replaced, no file is half-written, and none is left.
func TestWriteProtected(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "w.bin", numbers(1, 2))
	input := model(external("x", Float32, 2, "location", "w.bin"), field(5, header("y", 1, 2), field(rawData, numbers(5, 2))))
	path, out := write(t, folder, "m.onnx", input), write(t, folder, "out.onnx", []byte("protected"))
	protect := func(path string) {
		t.Helper()
		if err := os.Chmod(path, 0o444); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Chmod(path, 0o644) }) // for the end of the folder
	}
	refused := func(err error, path, content string) {
		t.Helper()
		if err == nil || !strings.HasPrefix(err.Error(), path+": cannot be written: it is write-protected; take the protection off") {
			t.Errorf("%v", err)
		}
		if got := readFile(t, path); string(got) != content {
			t.Errorf("%s holds %q", path, got)
		}
	}
	protect(out)
	m := open(t, path)
	can := m.CanSave(out)
	saved, err := m.Save(out, []Scaling{{m.Tensors[0], 2}, {m.Tensors[1], 2}}, "k", says("v"))
	if runtime.GOOS == "windows" {
		refused(can, out, "protected")
		refused(err, out, "protected")
		checkFolder(t, folder, "m.onnx", "out.onnx", "w.bin")
	} else {
		if can != nil || err != nil || saved.Data != out+".data" {
			t.Errorf("%v; %+v, %v", can, saved, err)
		}
		checkFolder(t, folder, "m.onnx", "out.onnx", "out.onnx.data", "w.bin")
	}
	m.Close()
	protect(path)
	m = open(t, path)
	if _, err := m.Save(filepath.Join(folder, "new.onnx"), nil, "k", says("v")); err != nil {
		t.Errorf("a copy of a write-protected model: %v", err)
	}
	for _, name := range []string{"new.onnx", "new.onnx.data"} {
		os.Chmod(filepath.Join(folder, name), 0o644)
		if err := os.Remove(filepath.Join(folder, name)); err != nil {
			t.Error(err)
		}
	}
	can = m.CanSaveInPlace()
	_, err = m.SaveInPlace([]Scaling{{m.Tensors[1], 2}}, "k", says("v"))
	if runtime.GOOS == "windows" {
		refused(can, path, string(input))
		refused(err, path, string(input))
		checkFolder(t, folder, "m.onnx", "out.onnx", "w.bin")
	} else if can != nil || err != nil {
		t.Errorf("%v; %v", can, err)
	}
}
