package onnxio

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestFilesOfAModel(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "m.onnx")
	write := func(path string, data []byte) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"out.data", "b.bin"} {
		write(filepath.Join(dir, name), numbers(0, 4))
	}
	write(path, model(external("x", Float32, 4, "location", "out.data"),
		external("y", Float32, 4, "location", "b.bin"), external("z", Float32, 4, "location", "out.data")))
	m, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if got, want := m.ExternalFiles(), []string{filepath.Join(dir, "out.data"), filepath.Join(dir, "b.bin")}; !slices.Equal(got, want) {
		t.Errorf("external files %q, want %q", got, want)
	}
	out := filepath.Join(dir, "out") // whose first choice is a file of the input
	want := m.DataPath(out)
	if saved, err := m.Save(out, nil, "k", says("v")); err != nil || saved.Data != want || filepath.Base(want) != "out.2.data" {
		t.Errorf("DataPath says %s, saved as %+v (%v)", want, saved, err)
	}
	plain := decode(t, model(field(5, header("x", Float32, 4), field(rawData, numbers(0, 4)))))
	if got := plain.DataPath("out"); got != "" || plain.ExternalFiles() != nil {
		t.Errorf("a model without external data has %q", got)
	}
}
