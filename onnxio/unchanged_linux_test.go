package onnxio

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestTimesSetBack writes other values and sets the time back, as a copy does that keeps times; and changes what is no
// value, with which the input stays what it is.
func TestTimesSetBack(t *testing.T) {
	for name, c := range map[string]struct {
		change func(path string) error
		same   bool
	}{
		"written": {func(path string) error {
			return errors.Join(os.WriteFile(path, numbers(5, 2), 0), os.Chtimes(path, time.Time{}, time.Unix(1e9, 0)))
		}, false},
		"linked":    {func(path string) error { return os.Link(path, path+".link") }, true},
		"protected": {func(path string) error { return os.Chmod(path, 0o400) }, true},
	} {
		folder := t.TempDir()
		data := write(t, folder, "w.bin", numbers(1, 2))
		if err := os.Chtimes(data, time.Time{}, time.Unix(1e9, 0)); err != nil {
			t.Fatal(err)
		}
		m := open(t, write(t, folder, "m.onnx", model(external("x", Float32, 2, "location", "w.bin"))))
		if _, err := m.Tensors[0].Norm(); err != nil {
			t.Fatal(err)
		}
		if err := c.change(data); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Save(filepath.Join(folder, "out.onnx"), nil, "k", says("v")); (err == nil) != c.same {
			t.Errorf("%s: %v", name, err)
		}
	}
}
