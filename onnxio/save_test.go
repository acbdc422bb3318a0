package onnxio

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// permissions returns what a file with the permissions has: Windows knows of write protection alone.
func permissions(mode fs.FileMode) fs.FileMode {
	if runtime.GOOS == "windows" {
		return 0o444 | mode&0o200>>7*0o222
	}
	return mode
}

func TestSave(t *testing.T) {
	folder := t.TempDir()
	input := write(t, folder, "in.onnx", everywhere())
	m := open(t, input)
	path := filepath.Join(folder, "out.onnx")
	for range 2 { // the second time over the first one's file
		saved, err := m.Save(path, []Scaling{{m.Tensors[1], 3}}, "", nil)
		if err != nil || saved.Data != "" || saved.Path != path {
			t.Fatalf("%+v, %v", saved, err)
		}
		want := Rescaled{Tensor: m.Tensors[1], Factor: 3, Before: 1, Asked: 3, Reached: 3}
		if len(saved.Tensors) != 1 || saved.Tensors[0] != want {
			t.Errorf("%+v, want %+v", saved.Tensors, want)
		}
	}
	if got := readFile(t, path); string(got) != string(rewritten(t, m, []Scaling{{m.Tensors[1], 3}})) {
		t.Error("Save and Rewrite differ")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != permissions(0o640) {
		t.Errorf("mode is %v, %v", info.Mode(), err)
	}
	checkFolder(t, folder, "in.onnx", "out.onnx")
	if _, err := decode(t, everywhere()).Save(path, nil, "", nil); err != nil {
		t.Errorf("a model from memory: %v", err)
	}
}

// TestSaveAsTried: Save, which reads values once, tells, says and writes what Try and Rewrite do, and refuses what they refuse; those of two
// tensors at one place in a file too.
func TestSaveAsTried(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "out.onnx")
	compare := func(name string, m *Model, scale []Scaling) {
		t.Helper()
		tried, err := m.Try(scale)
		if err != nil {
			t.Fatal(err)
		}
		var told []Rescaled
		saved, err := m.Save(path, scale, "", func(tensors []Rescaled) string {
			told = tensors
			return ""
		})
		if err != nil || !slices.Equal(saved.Tensors, tried) || !slices.Equal(told, tried) || tried[0].Reached == 0 {
			t.Errorf("%s: saved %+v, %v, told %+v, tried %+v", name, saved, err, told, tried)
		}
	}
	for _, dataType := range floatTypes {
		for _, storage := range storages {
			words := floats(dataType, 3, -0.7, 1, 300)
			m := decode(t, model(field(5, header("x", dataType, 4), values(dataType, words, storage))))
			scale := []Scaling{{m.Tensors[0], 1.1}}
			compare(fmt.Sprint(dataType, storage), m, scale)
			if got := readFile(t, path); string(got) != string(rewritten(t, m, scale)) {
				t.Errorf("%v/%s: Save and Rewrite differ", dataType, storage)
			}
			os.Remove(path)
			words = floats(dataType, 3, math.MaxFloat32)
			if dataType == Float16 {
				words = floats(dataType, 3, 65504)
			}
			m = decode(t, model(field(5, header("x", dataType, 2), values(dataType, words, storage))))
			want := `test: tensor "x": element `
			if _, err := m.Save(path, []Scaling{{m.Tensors[0], 1e300}}, "", nil); err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("%v/%s: error %v", dataType, storage, err)
			}
			checkFolder(t, folder)
		}
	}
	float := Float32
	write(t, folder, "w.bin", numbers(1, 10))
	m := open(t, write(t, folder, "m.onnx", model(external("a", float, 2, "location", "w.bin"), external("tied", float, 2, "location", "w.bin"))))
	compare("external", m, []Scaling{{m.Initializer("a"), 3}, {m.Initializer("tied"), 3}})
}

// TestReachedNorm has a weight that float16 cannot represent after rescaling.
func TestReachedNorm(t *testing.T) {
	half := Float16
	m := decode(t, model(field(5, header("x", half, 1), values(half, floats(half, 1), "raw"))))
	saved, err := m.Save(filepath.Join(t.TempDir(), "out.onnx"), []Scaling{{m.Tensors[0], -0.1}}, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if r := saved.Tensors[0]; r.Before != 1 || r.Asked != 0.1 || r.Reached != 0x1.998p-4 {
		t.Errorf("%+v", r)
	}
}

func TestSaveInPlace(t *testing.T) {
	folder := t.TempDir()
	input := write(t, folder, "in.onnx", everywhere())
	names := []string{"in.onnx"}
	m := open(t, input)
	paths := []string{input, folder + "/./in.onnx"}
	if symbolic(t) {
		linked := filepath.Join(folder, "link.onnx")
		link(t, "in.onnx", linked)
		names, paths = append(names, "link.onnx"), append(paths, linked)
		if _, err := open(t, linked).SaveInPlace(nil, "k", says("v")); err == nil || !strings.Contains(err.Error(), "symbolic link") {
			t.Errorf("in place of a link: %v", err)
		}
	}
	for _, path := range paths {
		if _, err := m.Save(path, nil, "k", says("v")); err == nil || !strings.Contains(err.Error(), "would overwrite the input") {
			t.Errorf("Save to %s: %v", path, err)
		}
	}
	if _, err := decode(t, everywhere()).SaveInPlace(nil, "k", says("v")); err == nil || !strings.Contains(err.Error(), "not opened from a file") {
		t.Errorf("in place of memory: %v", err)
	}
	if string(readFile(t, input)) != string(everywhere()) {
		t.Fatal("the input changed")
	}
	saved, err := m.SaveInPlace([]Scaling{{m.Tensors[1], 3}}, "", nil)
	if err != nil || saved.Path != input {
		t.Fatalf("%+v, %v", saved, err)
	}
	if got, err := open(t, input).Tensors[1].Float64s(); err != nil || got[0] != 3 {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := m.Tensors[1].Float64s(); err != nil || got[0] != 1 {
		t.Errorf("the open model became %v, %v", got, err)
	}
	if _, err := m.SaveInPlace(nil, "k", says("v")); err == nil || !strings.Contains(err.Error(), "has changed since it was read") {
		t.Errorf("in place of another file: %v", err)
	}
	checkFolder(t, folder, names...)
	touched := open(t, input)
	if err := os.Chtimes(input, time.Time{}, time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if _, err := touched.SaveInPlace(nil, "k", says("v")); err == nil || !strings.Contains(err.Error(), "has changed since it was read") {
		t.Errorf("in place of a file written since: %v", err)
	}
	os.Remove(input)
	if _, err := m.SaveInPlace(nil, "k", says("v")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("in place of a file that is gone: %v", err)
	}
}

func TestUnwritable(t *testing.T) {
	folder := t.TempDir()
	file := write(t, folder, "file", nil)
	m := decode(t, everywhere())
	for _, test := range []struct{ name, path, want string }{
		{"missing folder", filepath.Join(folder, "none", "out.onnx"), "cannot be written"},
		{"file as folder", filepath.Join(file, "out.onnx"), "cannot be written"},
		{"folder as file", folder, "not a regular file"},
		{"device", os.DevNull, "not a regular file"},
		{"name too long", filepath.Join(folder, strings.Repeat("n", 300)), "cannot be written"},
	} {
		_, err := m.Save(test.path, nil, "k", says("v"))
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), test.path+": ") || strings.Contains(err.Error(), ".tmp") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	if _, err := m.Save(filepath.Join(folder, "out.onnx"), []Scaling{{m.Tensors[1], 1e300}}, "k", says("v")); err == nil {
		t.Error("an overflow is saved")
	}
	checkFolder(t, folder, "file")
}

// TestStaging fails in the middle of a file, and in giving it its name.
func TestStaging(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "file")
	good := func(w io.Writer) ([]patch, error) {
		_, err := w.Write(make([]byte, 3<<20))
		return nil, err
	}
	fault := errors.New("fault")
	if _, err := stage(path, 0o600, func(w io.Writer) ([]patch, error) {
		late, err := good(w)
		return late, errors.Join(err, fault)
	}); !errors.Is(err, fault) {
		t.Errorf("failing in the middle: %v", err)
	}
	checkFolder(t, folder)
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, put := range map[string]func(*staged) error{"claim": (*staged).claim, "replace": (*staged).replace} {
		s, err := stage(path, 0o600, good)
		if err != nil {
			t.Fatal(err)
		}
		if err := put(s); err == nil || !strings.HasPrefix(err.Error(), path+": cannot be written") {
			t.Errorf("%s of a folder's name: %v", name, err)
		}
		s.discard()
		checkFolder(t, folder, "file")
	}
	os.Remove(path)
	for _, put := range []func(*staged) error{(*staged).claim, (*staged).replace} {
		s, err := stage(path, 0o600, good)
		if err == nil {
			err = put(s)
		}
		if err != nil {
			t.Error(err)
		}
		s.discard()
		checkFolder(t, folder, "file")
	}
}

// TestUnwritableNames: errors name the file that was to be written, and no temporary one.
func TestUnwritableNames(t *testing.T) {
	for _, err := range []error{
		&os.LinkError{Op: "rename", Old: ".metainit-1", New: "m.onnx", Err: fs.ErrPermission},
		&fs.PathError{Op: "write", Path: ".metainit-1", Err: fs.ErrPermission},
	} {
		if got := unwritable("m.onnx", err); !errors.Is(got, fs.ErrPermission) || !strings.HasPrefix(got.Error(), "m.onnx: cannot be written: ") || strings.Contains(got.Error(), ".metainit-1") {
			t.Errorf("%v: %v", err, got)
		}
	}
}
