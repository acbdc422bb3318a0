package onnxio

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestSuperseded saves a model a second time, over what the first save made of it, and sees which data file goes.
func TestSuperseded(t *testing.T) {
	copied := func(folder, name string) error {
		data, err := os.ReadFile(filepath.Join(folder, "out.onnx"))
		return errors.Join(err, os.WriteFile(filepath.Join(folder, name), data, 0o640))
	}
	reads := func(folder, name, location string) error {
		return os.WriteFile(filepath.Join(folder, name), model(external("x", Float32, 2, "location", location)), 0o640)
	}
	for _, c := range []struct {
		name, first, second string                                  // the keys of the saves
		between             func(t *testing.T, folder string) error // what is done then
		gone                bool
	}{
		{"the tool's own", "k", "k", nil, true},
		{"by another tool", "other", "k", nil, false},
		{"by who knows", "", "k", nil, false},
		{"nobody says whose", "k", "", nil, false},
		{"a copy reads it", "k", "k", func(t *testing.T, folder string) error { return copied(folder, "backup") }, false},
		{"another model reads it", "k", "k", func(t *testing.T, folder string) error { return reads(folder, "a.onnx", "./sub/../out.onnx.data") }, false},
		{"another model reads it by a link", "k", "k", func(t *testing.T, folder string) error {
			link(t, "out.onnx.data", filepath.Join(folder, "link"))
			return reads(folder, "a.onnx", "link")
		}, false},
		{"a damaged copy", "k", "k", func(t *testing.T, folder string) error {
			return errors.Join(copied(folder, "backup"), os.Truncate(filepath.Join(folder, "backup"), 40))
		}, true},
		{"the name is the exporter's", "k", "k", func(t *testing.T, folder string) error {
			return errors.Join(reads(folder, "out.onnx", "out.onnx.data")) // an export over the output
		}, false},
		{"a link in its place", "k", "k", func(t *testing.T, folder string) error {
			data := filepath.Join(folder, "out.onnx.data")
			if err := os.Rename(data, filepath.Join(folder, "elsewhere")); err != nil {
				return err
			}
			link(t, "elsewhere", data)
			return nil
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := t.TempDir()
			write(t, folder, "w.bin", numbers(1, 2))
			path := write(t, folder, "m.onnx", model(external("x", Float32, 2, "location", "w.bin")))
			out := filepath.Join(folder, "out.onnx")
			save := func(factor float64, key string) *Saved {
				m := open(t, path)
				saved, err := m.Save(out, []Scaling{{m.Tensors[0], factor}}, key, says("v"))
				if err != nil {
					t.Fatal(err)
				}
				return saved
			}
			first := save(2, c.first)
			data := readFile(t, first.Data)
			if c.between != nil {
				if err := c.between(t, folder); err != nil {
					t.Fatal(err)
				}
			}
			second := save(3, c.second)
			if first.Data != out+".data" || second.Data != out+".2.data" {
				t.Errorf("data are %s, then %s", first.Data, second.Data)
			}
			if x, err := open(t, out).Tensors[0].Float64s(); err != nil || !equal(x, []float64{3, 6}) {
				t.Errorf("the output has %v, %v", x, err)
			}
			switch got, err := os.ReadFile(first.Data); {
			case c.gone && !errors.Is(err, os.ErrNotExist):
				t.Errorf("the old data are still there, %v", err)
			case !c.gone && (err != nil || string(got) != string(data)):
				t.Errorf("the old data are %q, %v", got, err)
			}
		})
	}
}

// TestInPlaceAgain changes a model in place three times: the data that it came with stay, for a copy of it.
func TestInPlaceAgain(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "m.onnx.data", numbers(1, 2))
	path := write(t, folder, "m.onnx", model(external("x", Float32, 2, "location", "m.onnx.data")))
	write(t, folder, "m.onnx.3.data", []byte("not of any model"))
	write(t, t.TempDir(), "copy.onnx", readFile(t, path))
	want := []float64{1, 2}
	for _, data := range []string{"m.onnx.2.data", "m.onnx.4.data", "m.onnx.2.data"} {
		m := open(t, path)
		saved, err := m.SaveInPlace([]Scaling{{m.Tensors[0], 2}}, "k", says("v"))
		if err != nil || saved.Data != filepath.Join(folder, data) {
			t.Fatalf("%+v, %v, want %s", saved, err, data)
		}
		if x, err := m.Tensors[0].Float64s(); err != nil || !equal(x, want) {
			t.Errorf("the open model has %v, %v, want %v", x, err, want)
		}
		want = []float64{2 * want[0], 2 * want[1]}
		if x, err := open(t, path).Tensors[0].Float64s(); err != nil || !equal(x, want) {
			t.Errorf("the model has %v, %v, want %v", x, err, want)
		}
		if data == "m.onnx.4.data" {
			checkFolder(t, folder, "m.onnx", "m.onnx.3.data", "m.onnx.4.data", "m.onnx.data")
		} else {
			checkFolder(t, folder, "m.onnx", "m.onnx.2.data", "m.onnx.3.data", "m.onnx.data")
		}
	}
	if string(readFile(t, path+".data")) != string(numbers(1, 2)) || string(readFile(t, path+".3.data")) != "not of any model" {
		t.Error("a file that is not of a save changed")
	}
}

// TestSupersededInput saves over a model whose data are also those of the input, which is elsewhere.
func TestSupersededInput(t *testing.T) {
	folder, other := t.TempDir(), t.TempDir()
	write(t, folder, "w.bin", numbers(1, 2))
	m := open(t, write(t, folder, "m.onnx", model(external("x", Float32, 2, "location", "w.bin"))))
	out := filepath.Join(folder, "out.onnx")
	if _, err := m.Save(out, nil, "k", says("v")); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(out+".data", filepath.Join(other, "w.bin")); err != nil {
		t.Fatal(err)
	}
	input := open(t, write(t, other, "m.onnx", readFile(t, m.Path)))
	if _, err := input.Save(out, nil, "k", says("v")); err != nil {
		t.Fatal(err)
	}
	checkFolder(t, folder, "m.onnx", "out.onnx", "out.onnx.2.data", "out.onnx.data", "w.bin")
}

func TestDataName(t *testing.T) {
	for name, want := range map[string]bool{
		"m.onnx.data": true, "m.onnx.2.data": true, "m.onnx.10.data": true,
		"m.onnx.1.data": false, "m.onnx.02.data": false, "m.onnx.x.data": false, "m.onnx..data": false, "m.onnx.2": false,
		"n.onnx.data": false, "m.onnx_data": false, "sub/m.onnx.data": false, "": false,
	} {
		if got := isDataName(name, "m.onnx"); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}
